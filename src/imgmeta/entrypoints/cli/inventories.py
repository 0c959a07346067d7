"""The option `--inventory`."""

from typing import Annotated

import typer

from imgmeta.bootstrap.inventories import Inventory, open_inventory
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.rendering.formatting import file_size

__all__ = ["InventoryURI", "read_inventory"]

InventoryURI = Annotated[
    str | None,
    typer.Option(
        "--inventory",
        metavar="S3_URI",
        help="List the objects from this S3 Inventory manifest: s3://bucket/…/manifest.json.",
    ),
]


def read_inventory(context: CommandContext, uri: str) -> Inventory:
    """Return the inventory at a URI, and print its time, since a large one takes minutes to read.

    Raises:
        ConfigurationError: the URI is invalid, or the object there is not a supported manifest.
        AdapterError: S3 cannot be read.
    """
    inventory = open_inventory(context.index_settings, context.aws, uri, on_row=context.stop.check)
    manifest = inventory.manifest
    created = f" of {manifest.created:%Y-%m-%d %H:%M} UTC" if manifest.created else ""
    size = sum(file.size for file in manifest.files)
    files = counted(len(manifest.files), "file")
    context.stderr.line(
        f"Reading the inventory of {manifest.source_bucket}{created}: {files}, {file_size(size)} …"
    )
    context.stderr.flush()
    return inventory
