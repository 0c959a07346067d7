"""The message of commands that find no image, on standard error."""

from imgmeta.entrypoints.cli.context import CommandContext

__all__ = ["report_no_images"]


def report_no_images(context: CommandContext, *, filtered: bool) -> None:
    """Report that a command found no image, and the remedy if the index has none.

    Args:
        context: the context of the command.
        filtered: whether the command looked for some images only.
    """
    if filtered:
        line = "No image matches."
    elif context.stack_name:
        line = "No images in the index: run `imgmeta backfill` for the stack."
    else:
        line = "No images in the index: run `imgmeta sync` on a folder or bucket."
    context.notes.line(line)
