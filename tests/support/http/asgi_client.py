"""A client of an ASGI application in this process, with its lifespan."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import Receive, Scope, Send

__all__ = ["Client", "running", "serving"]


class Client:
    """Sends requests from a test that is not asynchronous."""

    def __init__(self, portal: BlockingPortal, client: AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def get(self, path: str, **parameters: str | int | list[str]) -> Response:
        """Return the response to a GET request."""
        return self._portal.call(partial(self._client.get, path, params=parameters))


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[AsyncClient]:
    """Yield a client of the application between its startup and its shutdown."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = ASGITransport(with_state)
        async with AsyncClient(transport=transport, base_url="http://service") as client:
            yield client


@contextmanager
def running(app: FastAPI) -> Generator[Client]:
    """Yield a client that is not asynchronous: see `serving`."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serving(app)) as client,
    ):
        yield Client(portal, client)
