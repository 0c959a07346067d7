import io

from imgmeta.config import Settings
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.empty_results import report_no_images
from imgmeta.entrypoints.cli.rendering.screen import Screen


def test_empty_index_of_a_stack_is_filled_by_a_backfill() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    context = CommandContext(Settings(), False, screen, screen, stack_name="photos")  # noqa: FBT003 - no JSON
    report_no_images(context, filtered=False)
    assert stream.getvalue() == ("No images in the index: run `imgmeta backfill` for the stack.\n")
