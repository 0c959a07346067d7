"""The response of the map: images as GeoJSON, streamed."""

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain, islice

from anyio import CancelScope, to_thread
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from imgmeta import ImageRecord
from imgmeta.core.exports import geojson_chunks

__all__ = ["GeoJSONResponse"]

_FEATURES = 500
"""Features for which the response waits for a thread once."""


class GeoJSONResponse(StreamingResponse):
    """Streams records as a FeatureCollection, in memory that does not grow with their number.

    The first chunk is read at once, so that an error of the index becomes an error response. After
    a later error, the response ends too early, which the client notices. Starlette reads each chunk
    in a thread, but not always in the same one; iterators of imgmeta permit that.

    Args:
        records: the records, which are closed at the end, and if the client disconnects.
    """

    media_type = "application/geo+json"

    def __init__(self, records: Generator[ImageRecord]) -> None:
        self._chunks = _chunks(records)
        super().__init__(chain([next(self._chunks)], self._chunks))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._chunks.close)


def _chunks(records: Generator[ImageRecord]) -> Generator[bytes]:
    with closing(records):
        features: Iterator[bytes] = geojson_chunks(records)
        while chunk := b"".join(islice(features, _FEATURES)):
            yield chunk
