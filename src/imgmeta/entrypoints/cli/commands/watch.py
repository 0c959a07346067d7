"""The `watch` command."""

from contextlib import closing
from typing import Annotated

import typer

from imgmeta.bootstrap import concurrency_of, open_watcher
from imgmeta.entrypoints.cli.arguments import local_folder
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.options import command_options
from imgmeta.entrypoints.cli.rendering.watch_output import WatchOutput
from imgmeta.service import watch as watch_folder

__all__ = ["watch"]

_Folder = Annotated[
    str, typer.Argument(metavar="FOLDER", help="Folder (including subfolders) on this computer.")
]


@command_options()
def watch(context: CommandContext, *, folder: _Folder) -> int:
    r"""Keep the index up to date while a folder changes.

    Syncs the folder, then waits for changes of files and folders, and updates the index after each,
    until Ctrl-C, SIGTERM or a closed terminal. The image in progress is finished first. If the
    system reports that changes were lost, the folder is synced again. If the index is unavailable,
    changes are kept until it is available. Requires the extra `watch`.

    Prints one line per change. Unreadable images are recorded as failed, with the reason, and read
    again when they change.

    Changes that other computers make on a network file system are not reported: run `imgmeta sync`
    at regular intervals instead.

    With --json, prints each written record; for each image or folder that cannot be accessed,
    prints BucketName, ObjectKey, Outcome (error) and Error.

    \b
    imgmeta watch photos
    imgmeta watch ~/Pictures --store sqlite:////srv/photos.db
    imgmeta watch photos --json | jq --unbuffered -r .ObjectKey
    """
    target = local_folder(
        context.parse_target(folder, must_exist=True, advice="use a folder"), folder
    )
    output = WatchOutput(context, f"/{target.prefix}".rstrip("/") or "/")
    # The watcher is opened first: changes during the first sync are reported after it.
    with (
        open_watcher(context.settings, target) as watcher,
        context.open_index(must_exist=False) as (_, indexer),
    ):
        concurrency = concurrency_of(context.settings, context.store, target.bucket)
        events = watch_folder(indexer, watcher, target, concurrency=concurrency)
        try:
            with interruptible() as stop_if_requested, closing(events):
                for event in events:
                    output.show(event)
                    stop_if_requested()
        except StopRequested:
            pass
        finally:
            # Also after an error or a second Ctrl-C, since finished images are stored.
            output.show_summary()
    context.stderr.line("Stopped. Changes from now on are found by the next watch or sync.")
    return INTERRUPTED
