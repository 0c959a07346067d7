"""What the service asks the index: plain synchronous functions, without HTTP."""

import logging
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace

from imgmeta import (
    DistanceFrom,
    GpsPolicy,
    Has,
    ImageRecord,
    ImageRepository,
    ImgmetaError,
    InvalidRecordError,
    Order,
    Presence,
    Query,
    find,
    find_unordered,
)
from imgmeta.bootstrap import AWSConnection, table_size
from imgmeta.config import DynamoDBTable, Settings
from imgmeta.core.access_paths import is_unbounded, records_to_read
from imgmeta.core.gps import restrict
from imgmeta.core.table_size import TableSize
from imgmeta_service.models import Image, Page

__all__ = ["Index", "RefusedError"]

_MAX_READ_UNITS = 1_000
"""The largest table that one request may read as a whole: 1,000 read units are about 8 MB."""

_POSITIONS = (Order.LATITUDE, Order.LONGITUDE)

_LOG = logging.getLogger("imgmeta_service")


class RefusedError(ImgmetaError):
    """A request that the service refuses. The text is for the client."""


@dataclass(frozen=True, slots=True)
class Index:
    """An open index. Any number of threads may use it.

    Attributes:
        repository: the records.
        settings: the store of the records, and the GPS policy of the responses.
        aws: the AWS clients.
    """

    repository: ImageRepository
    settings: Settings
    aws: AWSConnection

    def check(self) -> None:
        """Read from the index, which raises an error if the index does not respond."""
        self.repository.get("0" * 32)

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID, or None if there is none."""
        record = self.repository.get(image_id)
        return None if record is None else restrict(record, self.settings.gps_policy)

    def search(self, query: Query, limit: int) -> Page:
        """Return the first images that a query finds, and the cursor of the others.

        Raises:
            RefusedError: the query tells positions, or may read all of a large table.
        """
        # One more than the limit shows whether there are others.
        more = replace(query, limit=limit + 1)
        self._check(more)
        records = list(find(self.repository, more, on_unreadable=_log))
        cursor = query.cursor(records[limit - 1]) if len(records) > limit else None
        images = map(Image.of, self._permitted(query, records[:limit]))
        return Page(images=list(images), next=cursor)

    def on_map(self, query: Query) -> Generator[ImageRecord]:
        """Return the images that match a query and have a position, in any order.

        Raises:
            RefusedError: the query tells positions, or may read all of a large table.
        """
        located = query.where(Has(Presence.LOCATION))
        self._check(located)
        records = find_unordered(self.repository, located, on_unreadable=_log)
        return self._permitted(located, records)

    def _permitted(self, query: Query, records: Iterable[ImageRecord]) -> Generator[ImageRecord]:
        """Yield the records with the positions that the GPS policy permits.

        A record that was stored under another policy is left out unless it still matches:
        otherwise the filters would tell its position.
        """
        for record in records:
            permitted = restrict(record, self.settings.gps_policy)
            if query.matches(permitted):
                yield permitted

    def _check(self, query: Query) -> None:
        """Refuse a query that tells stored positions, or reads too much of a table."""
        is_by_position = isinstance(query.order, DistanceFrom) or query.order in _POSITIONS
        if is_by_position and self.settings.gps_policy is not GpsPolicy.KEEP:
            msg = "positions are not exact here: use another order"
            raise RefusedError(msg)
        if isinstance(self.settings.store, DynamoDBTable) and is_unbounded(query):
            self._check_size(table_size(self.settings.store, self.aws), records_to_read(query))

    def _check_size(self, table: TableSize | None, records: int | None) -> None:
        read = table if table is None or records is None else table.first(records)
        if read is None or read.read_units > _MAX_READ_UNITS:
            msg = "this request may read the whole index: add a longer prefix, or since"
            raise RefusedError(msg)


def _log(error: InvalidRecordError) -> None:
    _LOG.warning("skipped: %s", error)
