"""The filter options, which all commands that query the index share."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import wraps
from typing import Annotated, Any

import typer

from imgmeta.core.attributes import Presence, Shape
from imgmeta.core.queries import Query
from imgmeta.core.query_values import parse_query
from imgmeta.core.status import Status
from imgmeta.core.targets import Target

__all__ = ["FilterOptions", "filter_options"]


def _text(name: str, metavar: str, help_text: str) -> Any:  # noqa: ANN401 - Typer's type
    return typer.Option(f"--{name}", metavar=metavar, help=help_text, show_default=False)


_Limit = str | None

_NAMES = {"having": "with", "lacking": "without", "negated": "not"}
"""The options whose names are keywords of Python."""

_FORMAT_HELP = "Format contains TEXT, in any case: jpeg."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterOptions:
    """The filter options as unparsed text; None or empty if not given."""

    prefix: Annotated[
        str | None, _text("prefix", "PATH|S3_URI", "Images whose path or key starts with this.")
    ] = None
    glob: Annotated[
        str | None,
        _text("glob", "PATTERN", "Images whose path or key ends like this: '*.jpg', '2026/**/*'."),
    ] = None
    camera: Annotated[
        str | None, _text("camera", "TEXT", "Camera make and model contain TEXT, in any case.")
    ] = None
    lens: Annotated[str | None, _text("lens", "TEXT", "Lens contains TEXT, in any case.")] = None
    format: Annotated[str | None, _text("format", "TEXT", _FORMAT_HELP)] = None
    taken_since: Annotated[
        str | None,
        _text(
            "taken-since",
            "TIME",
            "Taken at or after TIME, in the camera's local time; in UTC if TIME has an offset.",
        ),
    ] = None
    taken_until: Annotated[
        str | None, _text("taken-until", "TIME", "Taken before TIME, in the same way.")
    ] = None
    since: Annotated[str | None, _text("since", "TIME", "Uploaded at or after TIME.")] = None
    until: Annotated[str | None, _text("until", "TIME", "Uploaded before TIME.")] = None
    near: Annotated[
        str | None, _text("near", "LAT,LON", "Taken near this position, in degrees: see --within.")
    ] = None
    within: Annotated[
        str | None, _text("within", "DISTANCE", "Distance for --near: 5km, 500m or 3mi.")
    ] = None
    bbox: Annotated[
        str | None,
        _text("bbox", "S,W,N,E", "Taken between these latitudes and longitudes, in degrees."),
    ] = None
    having: Annotated[
        list[str] | None,
        _text("with", "|".join(Presence), "Has this; can be repeated."),
    ] = None
    lacking: Annotated[
        list[str] | None,
        _text("without", "|".join(Presence), "Lacks this; can be repeated."),
    ] = None
    orientation: Annotated[
        str | None, _text("orientation", "|".join(Shape), "Shape as displayed.")
    ] = None
    min_size: Annotated[_Limit, _text("min-size", "SIZE", "File size: 500kB, 2MB, 1.5MiB.")] = None
    max_size: Annotated[_Limit, _text("max-size", "SIZE", "At most this.")] = None
    min_width: Annotated[_Limit, _text("min-width", "N", "Pixels per row, as displayed.")] = None
    max_width: Annotated[_Limit, _text("max-width", "N", "At most this.")] = None
    min_height: Annotated[_Limit, _text("min-height", "N", "Rows of pixels, as displayed.")] = None
    max_height: Annotated[_Limit, _text("max-height", "N", "At most this.")] = None
    min_megapixels: Annotated[
        _Limit, _text("min-megapixels", "N", "Width times height, in millions.")
    ] = None
    max_megapixels: Annotated[_Limit, _text("max-megapixels", "N", "At most this.")] = None
    min_iso: Annotated[_Limit, _text("min-iso", "N", "ISO speed.")] = None
    max_iso: Annotated[_Limit, _text("max-iso", "N", "At most this.")] = None
    min_focal: Annotated[_Limit, _text("min-focal", "MM", "Focal length in millimeters.")] = None
    max_focal: Annotated[_Limit, _text("max-focal", "MM", "At most this.")] = None
    status: Annotated[str | None, _text("status", "|".join(Status), "Status.")] = None
    error: Annotated[
        str | None, _text("error", "TEXT", "Recorded error contains TEXT, in any case.")
    ] = None
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Files that are cut short.")] = (
        False
    )
    negated: Annotated[
        list[str] | None,
        _text(
            "not",
            "FILTER=VALUE",
            "Images that do not match a filter: camera=canon, format=gif; can be repeated.",
        ),
    ] = None

    def to_query(
        self, parse_target: Callable[[str], Target], now: datetime, sort: str | None = None
    ) -> Query:
        """Return the equivalent query.

        Args:
            parse_target: converts a path or URI to a target.
            now: the current time, timezone-aware and in the local time zone.
            sort: the value of `--sort`, if any.

        Raises:
            ConfigurationError: an option is invalid.
        """
        given = [*self.given(), *([] if sort is None else [("--sort", sort)])]
        return parse_query(given, now=now, parse_target=parse_target)

    def given(self) -> Iterator[tuple[str, str]]:
        """Yield the name and value of each given option; the value of a flag is empty."""
        for field in fields(self):
            name = f"--{_NAMES.get(field.name, field.name).replace('_', '-')}"
            value = getattr(self, field.name)
            if isinstance(value, bool):
                yield from [(name, "")] * value
            else:
                values = [value] if isinstance(value, str) else value or ()
                yield from ((name, each) for each in values)


def filter_options(
    command: Callable[..., int], *, format_option: str = "format"
) -> Callable[..., int]:
    """Add the filter options before a command's own; the command takes them as `filters`.

    Apply it below `command_options`.

    Args:
        command: the command.
        format_option: the name of the option for the image format, without dashes.
    """
    context, *own = inspect.signature(command).parameters.values()
    shared = dict(inspect.signature(FilterOptions).parameters)
    if format_option != "format":
        option = _text(format_option, "TEXT", _FORMAT_HELP)
        shared["format"] = shared["format"].replace(
            name=format_option.replace("-", "_"), annotation=Annotated[str | None, option]
        )
    others = [each for each in own if each.name != "filters"]

    @wraps(command)
    def run(*arguments: Any, **values: Any) -> int:  # noqa: ANN401 - each option has another type
        options = {name: values.pop(each.name) for name, each in shared.items()}
        return command(*arguments, filters=FilterOptions(**options), **values)

    signature = inspect.Signature([context, *shared.values(), *others])
    run.__signature__ = signature  # type: ignore[attr-defined]  # PEP 362
    return run
