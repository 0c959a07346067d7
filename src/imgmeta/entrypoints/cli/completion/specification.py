"""What can be completed: the commands, their options and the values of these."""

import re
from typing import NamedTuple

from typer.main import get_group

from imgmeta.core.query_values import SORT_NAMES
from imgmeta.core.times import TIME_WORDS
from imgmeta.entrypoints.cli.app import create_app
from imgmeta.entrypoints.cli.completion.values import KINDS

__all__ = ["CommandSpecification", "Option", "Values", "specify"]

_CHOICES = re.compile(r"[a-z][a-z0-9-]*(\|[a-z][a-z0-9-]*)+")
_FILES = re.compile(r"PATH|FILE|FOLDER")

_FORMATS = (
    *("arw", "avif", "bmp", "cr2", "cr3", "crw", "dng", "gif", "heic", "iiq", "jpeg", "jxl"),
    *("mrw", "nef", "nrw", "orf", "pef", "png", "raf", "rw2", "sr2", "srw", "tiff", "webp"),
)
"""The formats of images that imgmeta names. The options accept any case."""


class Values(NamedTuple):
    """The values of an option or argument.

    Attributes:
        words: fixed words.
        kind: a kind of values from the index, of `values.KINDS`; empty: none.
        files: whether they are files.
    """

    words: tuple[str, ...] = ()
    kind: str = ""
    files: bool = False


class Option(NamedTuple):
    """An option.

    Attributes:
        names: its names, such as `--json`.
        description: the first sentence of its help.
        values: its values; None for a flag.
    """

    names: tuple[str, ...]
    description: str
    values: Values | None


class CommandSpecification(NamedTuple):
    """A command.

    Attributes:
        description: the first line of its help.
        options: its options.
        argument: the values of its arguments.
    """

    description: str
    options: list[Option]
    argument: Values


def specify() -> dict[str, CommandSpecification]:
    """Return the commands of imgmeta by name."""
    specification = dict[str, CommandSpecification]()
    for name, command in get_group(create_app(None)).commands.items():
        options = [Option(("--help", "-h"), "Show the help.", None)]
        argument = Values()
        for each in command.params:
            names = (*each.opts, *each.secondary_opts)
            metavar = getattr(each, "metavar", None) or ""
            if not names[0].startswith("-"):
                argument = _values("", metavar)
                continue
            values = None if getattr(each, "is_flag", False) else _values(names[0], metavar)
            description = (getattr(each, "help", None) or "").partition(". ")[0].rstrip(".")
            options.append(Option(names, f"{description}.", values))
        description = (command.help or "").partition("\n")[0]
        specification[name] = CommandSpecification(description, options, argument)
    return specification


def _values(option: str, metavar: str) -> Values:
    if _CHOICES.fullmatch(metavar):
        return Values(tuple(metavar.split("|")))
    if (kind := option.removeprefix("--")) in KINDS:
        return Values(kind=kind)
    if option in {"--format", "--image-format"}:
        return Values(_FORMATS)
    if option == "--sort":
        return Values((*SORT_NAMES, *(f"-{name}" for name in SORT_NAMES)))
    if metavar == "TIME":
        return Values(tuple(word.replace(" ", "-") for word in TIME_WORDS))
    return Values(files=bool(_FILES.search(metavar)))
