"""Streams, concurrent requests and shutdown of the example service."""

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the dependency group examples")

from starlette.requests import ClientDisconnect

from imgmeta import ImageRecord, PermanentError, TransientError
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.config import Settings, SQLiteFile
from imgmeta.core.ordering import IfRevision
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta_service import app as app_module
from imgmeta_service import create_app
from imgmeta_service.geojson import GeoJSONResponse
from support.http.asgi_client import serving

PHOTO = image_record(latitude=1.0, longitude=2.0)


class Records:
    """Endless records, with the threads that read them."""

    def __init__(self, *, fail_at: int = -1) -> None:
        self.is_closed = False
        self.read = 0
        self.fail_at = fail_at
        self.threads = set[Thread]()

    def __iter__(self) -> Generator[ImageRecord]:
        try:
            while self.read != self.fail_at:
                self.read += 1
                self.threads.add(current_thread())
                yield PHOTO
            msg = "gone"
            raise TransientError(msg)
        finally:
            self.is_closed = True


Send = Callable[[Any], Any]


def send_response(records: Records, spec_version: str, send: Send, receive: Send) -> None:
    """Send a response to a client; check that it closes the records itself, not when it is freed.

    Args:
        records: the records to send.
        spec_version: the version of ASGI that the server supports. Since 2.4, the server raises
            OSError if the client has disconnected.
        send: takes a message.
        receive: returns a message; its argument is None.
    """

    async def respond() -> None:
        response = await asyncio.to_thread(GeoJSONResponse, iter(records))
        scope = {"type": "http", "asgi": {"spec_version": spec_version}}
        try:
            await response(scope, lambda: receive(None), send)
        finally:
            assert records.is_closed

    asyncio.run(respond())


async def never(_: object) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
def test_disconnected_client_ends_the_reading_of_the_index(spec_version: str) -> None:
    records, sent = Records(), list[Any]()

    disconnected = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if len(sent) == 3:
            disconnected.set()
            if spec_version == "2.4":
                raise OSError

    async def receive(_: object) -> dict[str, str]:
        await disconnected.wait()
        return {"type": "http.disconnect"}

    if spec_version == "2.4":
        with pytest.raises(ClientDisconnect):
            send_response(records, spec_version, send, receive)
    else:
        send_response(records, spec_version, send, receive)
    assert records.read <= 500 * len(sent)
    assert sent[-1].get("more_body") is True


def test_index_is_read_in_other_threads_than_the_event_loop() -> None:
    records = Records(fail_at=1200)

    async def send(message: dict[str, Any]) -> None:
        del message

    with pytest.raises(TransientError):
        send_response(records, "2.4", send, never)
    assert main_thread() not in records.threads


def test_error_after_the_first_chunk_ends_the_response_before_its_end() -> None:
    records, sent = Records(fail_at=700), list[Any]()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with pytest.raises(TransientError):
        send_response(records, "2.4", send, never)
    assert len(sent) == 2
    assert sent[-1]["more_body"] is True


def test_error_before_the_first_chunk_is_raised_before_the_response() -> None:
    records = Records(fail_at=0)
    with pytest.raises(TransientError):
        GeoJSONResponse(iter(records))
    assert records.is_closed


def test_chunks_join_to_one_collection(tmp_path: Path) -> None:
    store = SQLiteFile(str(tmp_path / "index.db"))
    with SQLiteImageRepository(store.path) as repository:
        for number in range(501):
            repository.put(image_record(f"{number}.jpg", **POSITION), IfRevision(None))

    async def features() -> list[Any]:
        async with serving(create_app(Settings(store))) as client:
            found: list[Any] = (await client.get("/map.geojson")).json()["features"]
            return found

    assert len({each["id"] for each in asyncio.run(features())}) == 501


POSITION: dict[str, Any] = {"latitude": 1.0, "longitude": 2.0}


def test_concurrent_requests_are_answered_while_the_index_is_written(tmp_path: Path) -> None:
    store = SQLiteFile(str(tmp_path / "index.db"))
    records = [image_record(f"{number:03}.jpg", **POSITION) for number in range(100)]

    def write(start: int) -> None:
        for record in records[start:]:
            repository.put(record, IfRevision(None))

    async def request_all() -> list[int]:
        async with serving(create_app(Settings(store))) as client:
            writing = asyncio.create_task(asyncio.to_thread(write, 10))
            paths = ["/images?sort=-key&limit=3", "/map.geojson", "/health"]
            paths.append(f"/images/{records[0].image_id}")
            responses = await asyncio.gather(*(client.get(path) for path in paths * 20))
            await writing
            rest = await client.get("/images", params={"limit": 500})
            assert len(rest.json()["images"]) == len(records)
            return [each.status_code for each in responses]

    with SQLiteImageRepository(store.path) as repository:
        for record in records[:10]:
            repository.put(record, IfRevision(None))
        assert asyncio.run(request_all()) == [200] * 80


def test_shutdown_closes_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = SQLiteImageRepository(tmp_path / "index.db")
    monkeypatch.setattr(app_module, "open_repository", lambda *_, **__: repository)

    async def request() -> int:
        async with serving(create_app(Settings())) as client:
            return (await client.get("/health")).status_code

    assert asyncio.run(request()) == 200
    with pytest.raises(PermanentError, match="the repository was closed"):
        repository.get("0" * 32)
