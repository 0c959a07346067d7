"""The arguments and options that commands share."""

from typing import Annotated

import typer

__all__ = ["Json", "Store", "Targets"]

Targets = Annotated[
    list[str],
    typer.Argument(metavar="FOLDER|FILE", help="Folders with all below them, and images."),
]

Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The index, as sqlite:///relative.db or sqlite:////absolute.db. "
        "[env: IMGMETA_STORE; default: sqlite:///imgmeta.db]",
        show_default=False,
    ),
]

Json = Annotated[
    bool,
    typer.Option("--json", help="JSON Lines on standard output; all else on standard error."),
]
