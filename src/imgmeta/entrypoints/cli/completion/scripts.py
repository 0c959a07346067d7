"""The completion scripts of bash, zsh and fish.

Nothing that a script gets from the index is evaluated: bash and zsh add the lines to an array, and
fish reads them as values.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from imgmeta.entrypoints.cli.completion.specification import CommandSpecification, Values

__all__ = ["Shell", "completion_script"]

_BASH_START = r"""# Completion of imgmeta, from `imgmeta completion bash`
_imgmeta_words() {
    local current=$1 word
    compopt +o default 2>/dev/null
    shift
    for word; do
        if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
    done
}

_imgmeta_values() {
    local value
    compopt +o default 2>/dev/null
    while IFS= read -r value; do
        COMPREPLY+=("$value")
    done < <("$1" __complete bash "$2" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

_imgmeta() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=
    if ((COMP_CWORD > 1)); then command=${COMP_WORDS[1]}; fi
    # Bash splits --option=value at the equals sign.
    if [[ $current == "=" ]]; then
        current=
    elif [[ $previous == "=" ]] && ((COMP_CWORD > 2)); then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    fi
    COMPREPLY=()
    case "$command $previous" in
"""

_BASH_END = """\
        *) return ;;
    esac
}

complete -o default -F _imgmeta imgmeta
"""

_ZSH_START = r"""#compdef imgmeta
# Completion of imgmeta, from `imgmeta completion zsh`
_imgmeta_values() {
    local line="${(j: :)words[1,CURRENT]}"
    local -a values
    values=("${(@f)$("${(Q)words[1]}" __complete zsh "$1" "$line" 2>/dev/null)}")
    values=("${(@)values:#}")
    compadd -M 'm:{a-zA-Z}={A-Za-z}' -a values
}

_imgmeta() {
    local current=${words[CURRENT]} previous=${words[CURRENT-1]} command=
    if ((CURRENT > 2)); then command=${words[2]}; fi
    if [[ $current == --*=* ]]; then
        previous=${current%%=*}
        compset -P '*='
        current=
    fi
    case "$command $previous" in
"""

_ZSH_END = """\
        *) _files ;;
    esac
}

if [[ $funcstack[1] == _imgmeta ]]; then _imgmeta "$@"; else compdef _imgmeta imgmeta; fi
"""

_FISH_START = r"""# Completion of imgmeta, from `imgmeta completion fish`
function __imgmeta_values
    set -l words (commandline -opc)
    command $words[1] __complete fish $argv[1] (commandline -cp | string collect) 2>/dev/null
end

"""


class Shell(StrEnum):
    """The shells that have a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion_script(shell: Shell, commands: Mapping[str, CommandSpecification]) -> str:
    """Return the script that completes these commands."""
    if shell is Shell.FISH:
        return _FISH_START + "".join(f"{line}\n" for line in _fish_lines(commands))
    start, end = (_BASH_START, _BASH_END) if shell is Shell.BASH else (_ZSH_START, _ZSH_END)
    return start + "".join(f"        {line}\n" for line in _cases(shell, commands)) + end


def _cases(shell: Shell, commands: Mapping[str, CommandSpecification]) -> Iterator[str]:
    """Yield the branches of `case` that bash and zsh have: values, then options, then commands."""
    for name, command in commands.items():
        for option in command.options:
            if option.values is not None:
                pattern = "|".join(f'"{name} {each}"' for each in option.names)
                yield f"{pattern}) {_action(shell, option.values)} ;;"
    yield "esac"
    yield "if [[ $current == -* ]]; then command+=-; fi"
    yield 'case "$command" in'
    yield f'""|"-") {_action(shell, Values((*commands, "--help", "--version")))} ;;'
    for name, command in commands.items():
        names = tuple(each for option in command.options for each in option.names)
        yield f'"{name}-") {_action(shell, Values(names))} ;;'
        if command.argument.words:
            yield f'"{name}") {_action(shell, command.argument)} ;;'


def _action(shell: Shell, values: Values) -> str:
    words = " ".join(values.words)
    if values.words:
        call = (
            f'_imgmeta_words "$current" {words}' if shell is Shell.BASH else f"compadd -- {words}"
        )
    elif values.kind:
        command = ' "$1"' if shell is Shell.BASH else ""
        call = f"_imgmeta_values{command} {values.kind}"
    elif values.files:
        call = ":" if shell is Shell.BASH else "_files"
    else:
        call = "compopt +o default 2>/dev/null" if shell is Shell.BASH else ":"
    return f"{call}; return"


def _fish_lines(commands: Mapping[str, CommandSpecification]) -> Iterator[str]:
    for name in commands:
        description = _fish_quoted(commands[name].description)
        yield f"complete -c imgmeta -n __fish_use_subcommand -f -a {name} -d {description}"
    for name, command in commands.items():
        prefix = f"complete -c imgmeta -n '__fish_seen_subcommand_from {name}'"
        if command.argument.words:
            yield f"{prefix} -f -a {_fish_quoted(' '.join(command.argument.words))}"
        for option in command.options:
            names = " ".join(
                f"-l {each[2:]}" if each.startswith("--") else f"-s {each[1:]}"
                for each in option.names
            )
            description = _fish_quoted(option.description)
            yield f"{prefix} {names}{_fish_values(option.values)} -d {description}"


def _fish_values(values: Values | None) -> str:
    if values is None:
        return ""
    if values.files:
        return " -r -F"
    if values.kind:
        return f" -x -a '(__imgmeta_values {values.kind})'"
    return f" -x -a {_fish_quoted(' '.join(values.words))}" if values.words else " -x"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
