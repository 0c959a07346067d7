"""Groups of duplicate and similar images, as text and as JSON Lines."""

from collections.abc import Sequence

from imgmeta.core.duplicates import DuplicateGroup
from imgmeta.core.perceptual_hashes import format_hash
from imgmeta.core.similarity import SimilarGroup, SimilarImage
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering.formatting import display_name, file_size
from imgmeta.entrypoints.cli.rendering.json_lines import json_line, location_values
from imgmeta.entrypoints.cli.rendering.screen import Screen, Span, Style, path_span

__all__ = ["MAX_IMAGES", "print_duplicates", "print_similar"]

MAX_IMAGES = 10
"""Maximum number of images of a group on a terminal; one more line counts the rest."""


def print_duplicates(
    context: CommandContext, groups: Sequence[DuplicateGroup], *, full: bool
) -> None:
    """Print images with the same content, and the sum of all groups.

    Args:
        context: the context of the command.
        groups: the groups.
        full: whether to show all images and whole paths on a terminal too.
    """
    directory = context.working_directory
    for number, group in enumerate(groups, 1):
        if context.as_json:
            _print_duplicates_as_json(context.stdout, number, group)
            continue
        title = f"{len(group.images):,} copies of {file_size(group.size)}"
        freed = f", {file_size(group.other_bytes)} could be freed"
        context.stdout.line(Span(title, Style.STRONG), freed)
        shown = group.images if full else group.images[: _limit(context.stdout)]
        _print_paths(
            context.stdout, [display_name(each.location, directory) for each in shown], full=full
        )
        _print_rest(context.stdout, len(group.images) - len(shown))
        context.stdout.raw("")
    if groups:
        images = sum(len(group.images) for group in groups)
        freed = file_size(sum(group.other_bytes for group in groups))
        line = (
            f"{counted(len(groups), 'group')}, {counted(images, 'image')}; {freed} could be freed."
        )
        context.summaries.line(line)


def print_similar(context: CommandContext, groups: Sequence[SimilarGroup], *, full: bool) -> None:
    """Print similar images, and the sum of all groups; the arguments are as above."""
    directory = context.working_directory
    for number, group in enumerate(groups, 1):
        if context.as_json:
            _print_similar_as_json(context.stdout, number, group)
            continue
        title = f"{len(group.images):,} similar images"
        rest = f", {file_size(group.other_bytes)} in all but the first"
        context.stdout.line(Span(title, Style.STRONG), rest)
        shown = group.images if full else group.images[: _limit(context.stdout)]
        for image in shown:
            context.stdout.line(*_similar_row(image, directory), full=full)
        _print_rest(context.stdout, len(group.images) - len(shown))
        context.stdout.raw("")
    if groups:
        images = counted(sum(len(group.images) for group in groups), "image")
        context.summaries.line(f"{counted(len(groups), 'group')}, {images}.")


def _print_paths(output: Screen, names: Sequence[str], *, full: bool) -> None:
    if output.columns is None:
        # Together, since there may be very many. The names are safe to print.
        output.raw("\n".join(f"  {name}" for name in names))
    else:
        for name in names:
            output.line("  ", path_span(name), full=full)


def _limit(output: Screen) -> int | None:
    return None if output.columns is None else MAX_IMAGES


def _print_rest(output: Screen, number: int) -> None:
    if number:
        output.line(Span(f"  … and {number:,} more; --full shows all", Style.FAINT))


def _similar_row(image: SimilarImage, directory: str) -> list[Span]:
    entry = image.entry
    pixels = f"{entry.width}×{entry.height}" if entry.pixels else ""  # noqa: RUF001 - the multiplication sign is intended
    bits = "" if image.distance == 0 else counted(image.distance, "bit")
    return [
        Span("  "),
        Span(file_size(entry.size), width=9, right=True),
        Span(pixels, width=13, right=True),
        Span(bits, Style.FAINT, width=9, right=True),
        Span("  "),
        path_span(display_name(entry.location, directory)),
    ]


def _print_duplicates_as_json(output: Screen, number: int, group: DuplicateGroup) -> None:
    shared = {
        "Group": number,
        "GroupSize": len(group.images),
        "ContentHash": group.content_hash,
        "FileSize": group.size,
    }
    for position, image in enumerate(group.images, 1):
        line = shared | {"Position": position} | location_values(image.location)
        output.raw(json_line(line))


def _print_similar_as_json(output: Screen, number: int, group: SimilarGroup) -> None:
    for position, (entry, bits) in enumerate(group.images, 1):
        line: dict[str, object] = {
            "Group": number,
            "GroupSize": len(group.images),
            "ThumbnailHash": format_hash(entry.bits),
            "Distance": bits,
            "FileSize": entry.size,
            "Position": position,
        }
        if entry.pixels:
            line |= {"Width": entry.width, "Height": entry.height}
        output.raw(json_line(line | location_values(entry.location)))
