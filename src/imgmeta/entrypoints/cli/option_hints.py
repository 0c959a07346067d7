"""Hints for an option or argument that a command does not have."""

from typer.main import get_group

from imgmeta.entrypoints.cli.app import create_app

__all__ = ["argument_hint", "option_hint"]

_MAX_COMMANDS = 3

_VARIABLES = {
    "--concurrency": "IMGMETA_CONCURRENCY",
    "--gps": "IMGMETA_GPS",
    "--suffixes": "IMGMETA_SUFFIXES",
}
"""Settings that look like options, but are environment variables only."""


def argument_hint(command_path: str) -> str:
    """Return what to use instead of an argument, as the end of a sentence; empty if nothing is.

    Args:
        command_path: the command that does not take the argument, such as `imgmeta list`.
    """
    command = get_group(create_app(None)).commands.get(command_path.partition(" ")[2])
    options = command.params if command is not None else []
    takes_prefix = any("--prefix" in each.opts for each in options)
    return "use --prefix for images in a folder or bucket" if takes_prefix else ""


def option_hint(option: str, command_path: str) -> str:
    """Return where an option exists, as the end of a sentence; empty if it exists nowhere.

    Args:
        option: the option, such as `--all-files`.
        command_path: the command that does not have it: `imgmeta list`, or `imgmeta` for an option
            before the command.
    """
    commands = get_group(create_app(None)).commands
    having = [
        name
        for name, command in commands.items()
        if any(option in [*each.opts, *each.secondary_opts] for each in command.params)
    ]
    if not having:
        variable = _VARIABLES.get(option)
        return f"set the environment variable {variable}" if variable else ""
    shown = [f"`imgmeta {name}`" for name in having[:_MAX_COMMANDS]]
    if command_path == "imgmeta":
        return f"pass it after the command, as in `imgmeta {having[0]} {option}`"
    if more := len(having) - len(shown):
        return f"{', '.join(shown)} and {more} more have it"
    *others, last = shown
    return f"{', '.join(others)} and {last} have it" if others else f"{last} has it"
