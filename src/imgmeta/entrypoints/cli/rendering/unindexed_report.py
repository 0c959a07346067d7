"""Report of the files that a sync or verify does not index."""

from collections.abc import Callable

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.unindexed import UnindexedFiles
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.screen import Screen, Span, Style
from imgmeta.service import OnUnindexed

__all__ = ["UnindexedReport"]

_LABEL_WIDTH = 13


class UnindexedReport:
    """Counts the files that are not indexed, and prints each of them on request.

    Args:
        context: the context of the command.
        output: the stream for text.
        all_files: whether to print each file.
    """

    def __init__(self, context: CommandContext, output: Screen, *, all_files: bool) -> None:
        self._context = context
        self._output = output
        self._all_files = all_files
        self._files = UnindexedFiles()

    def callback(self, bucket: str, check: Callable[[], object] = lambda: None) -> OnUnindexed:
        """Return a function that counts a file of a bucket, and calls `check` before."""

        def add(key: str, reason: str | None) -> None:
            check()
            shown = self._files.add(key, reason)
            if self._all_files:
                self._print(ObjectLocation(bucket, key), shown)

        return add

    def finish(self) -> None:
        """Print the counts, if there are any files."""
        if not self._files.total:
            return
        if self._context.as_json:
            self._context.stdout.raw(json_lines.unindexed_counts_line(self._files))
        hint = "" if self._all_files else " (list them with --all-files)"
        self._output.line(f"{self._files.summary()}{hint}")

    def _print(self, location: ObjectLocation, reason: str) -> None:
        if self._context.as_json:
            self._context.stdout.raw(json_lines.unindexed_line(location, reason))
            return
        name = display_name(location, self._context.working_directory)
        self._output.line(
            Span("not indexed", Style.FAINT, _LABEL_WIDTH),
            Span(name),
            Span(f"  {reason}", Style.FAINT),
        )
