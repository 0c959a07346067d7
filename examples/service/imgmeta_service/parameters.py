"""The parameters of requests: the filters of `imgmeta list`, under the same names."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from imgmeta import ConfigurationError, Query, parse_query
from imgmeta_service.index import RefusedError

__all__ = ["FilterParameters", "SearchParameters"]

_PAGE_SIZE = 100
_MAX_PAGE_SIZE = 500

_Texts = Annotated[list[str], Field(max_length=20)]


class FilterParameters(BaseModel):
    """Filters as text, which imgmeta parses: see docs/querying.md. None or empty if not given."""

    model_config = ConfigDict(extra="forbid")

    prefix: str | None = Field(None, description="URI that the image's starts with: s3://photos/2")
    glob: str | None = Field(None, description="The key ends like this: *.jpg, 2026/**/*.")
    camera: str | None = Field(None, description="Make and model contain this.")
    lens: str | None = None
    format: str | None = None
    taken_since: str | None = Field(None, description="2026-11-01, 2026-11, 7d, yesterday, …")
    taken_until: str | None = None
    since: str | None = Field(None, description="Uploaded at or after this time.")
    until: str | None = None
    near: str | None = Field(None, description="LATITUDE,LONGITUDE; see `within`.")
    within: str | None = Field(None, description="Distance for `near`: 5km, 500m or 3mi.")
    bbox: str | None = Field(None, description="SOUTH,WEST,NORTH,EAST in degrees.")
    having: _Texts = Field([], alias="with", description="location, date or camera.")
    lacking: _Texts = Field([], alias="without", description="location, date or camera.")
    orientation: str | None = Field(None, description="portrait, landscape or square.")
    min_size: str | None = Field(None, description="File size: 500kB, 2MB, 1.5MiB.")
    max_size: str | None = None
    min_width: str | None = None
    max_width: str | None = None
    min_height: str | None = None
    max_height: str | None = None
    min_megapixels: str | None = None
    max_megapixels: str | None = None
    min_iso: str | None = None
    max_iso: str | None = None
    min_focal: str | None = None
    max_focal: str | None = None
    status: str | None = Field(None, description="processed, failed or deleted.")
    error: str | None = None
    incomplete: str | None = Field(None, description="true: files that are cut short.")
    negated: _Texts = Field([], alias="not", description="FILTER=VALUE: camera=canon.")

    def query(self) -> Query:
        """Return the query.

        Raises:
            RefusedError: a value is invalid.
        """
        try:
            return parse_query(self._given(), now=datetime.now().astimezone())
        except ConfigurationError as error:
            raise RefusedError(str(error)) from error

    def _given(self) -> Iterator[tuple[str, str]]:
        given = self.model_dump(exclude={"limit"}, by_alias=True, exclude_none=True)
        for name, value in given.items():
            yield from ((name, text) for text in ([value] if isinstance(value, str) else value))


class SearchParameters(FilterParameters):
    """Filters, an order, and a part of the results."""

    sort: str | None = Field(None, description="size, taken, camera, …; -size: largest first.")
    limit: int = Field(_PAGE_SIZE, ge=1, le=_MAX_PAGE_SIZE, description="The number of images.")
    after: str | None = Field(None, description="`next` of the page before.")
