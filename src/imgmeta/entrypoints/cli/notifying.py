"""Notifications of a command: the option `--notify`, and sending the summary of a run."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from imgmeta.core.outcomes import BatchSummary
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.remedies import error_message
from imgmeta.errors import ImgmetaError
from imgmeta.ports import Notifier

__all__ = ["Notify", "requested_notifier", "send_summary"]

Notify = Annotated[
    list[str] | None,
    typer.Option(
        "--notify",
        metavar="URL",
        help="Send the summary to sns:TOPIC_ARN, https://host/path or "
        "smtp://host/?from=ADDRESS&to=ADDRESS, if an image failed, or as NOTIFY_ON says. Can be "
        "repeated. [env: IMGMETA_NOTIFY]",
        show_default=False,
    ),
]


def requested_notifier(context: CommandContext, urls: Sequence[str] | None) -> Notifier | None:
    """Return the notifier of the option, or else of the environment; None if there is none.

    Args:
        context: the context of the command.
        urls: the values of the option.

    Raises:
        ConfigurationError: a URL is invalid, or its plug-in is missing or broken.
        AdapterError: from a plug-in.
    """
    text = "\n".join(urls or []) or os.environ.get("IMGMETA_NOTIFY", "")
    if not text.strip():
        return None
    from imgmeta.bootstrap.notifiers import open_notifier  # noqa: PLC0415 - keeps the start fast
    from imgmeta.core.notifiers import parse_recipients  # noqa: PLC0415 - as above

    return open_notifier(parse_recipients(text), context.aws)


def send_summary(context: CommandContext, notifier: Notifier, summary: BatchSummary) -> bool:
    """Send a summary if NOTIFY_ON selects it; print an error and return False if that fails."""
    if not context.settings.notify_on.wants(summary):
        return True
    try:
        notifier.notify(summary)
    except ImgmetaError as error:
        context.stderr.raw(f"imgmeta: {error_message(error)}")
        return False
    return True
