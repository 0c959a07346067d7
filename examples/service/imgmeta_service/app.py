"""The endpoints, and the HTTP responses to errors.

imgmeta is synchronous. FastAPI runs an endpoint that is a plain `def` in a thread, so the event
loop never waits for the index. All threads share one repository, which is thread-safe.
"""

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from imgmeta import ImgmetaError, Status, TransientError
from imgmeta.bootstrap import AWSConnection, open_repository
from imgmeta.config import Settings
from imgmeta.core.invalid_values import reason_of
from imgmeta.core.text import printable
from imgmeta_service.geojson import GeoJSONResponse
from imgmeta_service.index import Index, RefusedError
from imgmeta_service.models import Health, Image, Page, Problem
from imgmeta_service.parameters import FilterParameters, SearchParameters

__all__ = ["create_app"]

_RETRY_AFTER = "5"
"""Seconds."""

_LOG = logging.getLogger("imgmeta_service")


async def _get_index(request: Request) -> Index:
    index: Index = request.state.index
    return index


_Index = Annotated[Index, Depends(_get_index)]

_router = APIRouter()


def _problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": Problem} for code in codes}


@_router.get("/images", response_model_exclude_none=True)
def search(parameters: Annotated[SearchParameters, Query()], index: _Index) -> Page:
    """Return the images that match all filters."""
    return index.search(parameters.query(), parameters.limit)


@_router.get("/images/{image_id}", response_model_exclude_none=True, responses=_problems(404, 410))
def show(image_id: Annotated[str, Path(max_length=32)], index: _Index) -> Image:
    """Return one image."""
    record = index.get(image_id)
    if record is None:
        raise HTTPException(404, "there is no image with this ID")
    if record.status is Status.DELETED:
        raise HTTPException(410, "the image was deleted")
    return Image.of(record)


@_router.get(
    "/map.geojson",
    response_class=Response,
    responses={200: {"content": {GeoJSONResponse.media_type: {}}}},
)
def draw_map(parameters: Annotated[FilterParameters, Query()], index: _Index) -> GeoJSONResponse:
    """Stream the images that match all filters and have a position, as GeoJSON: RFC 7946."""
    return GeoJSONResponse(index.on_map(parameters.query()))


@_router.get("/health")
async def check_health(index: _Index) -> Health:
    """Read from the index."""
    # An endpoint that is `async def` must call imgmeta in a thread.
    await to_thread.run_sync(index.check)
    return Health()


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service.

    Args:
        settings: the store, and the GPS policy of the responses; None: those of the environment
            variables that the command `imgmeta` reads.

    Raises:
        ConfigurationError: an environment variable has an invalid value.
    """
    settings = settings or Settings.from_environment(os.environ)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, Index]]:
        # Here, and not at import, since a repository must not be shared with a forked process.
        aws = AWSConnection(settings)
        with open_repository(settings.store, must_exist=True, aws=aws) as repository:
            # As many threads as there are connections to AWS.
            to_thread.current_default_thread_limiter().total_tokens = settings.concurrency
            yield {"index": Index(repository, settings, aws)}

    app = FastAPI(title="Images", lifespan=lifespan, responses=_problems(422, 500, 503))
    app.include_router(_router)
    app.exception_handler(RequestValidationError)(_invalid_parameter)
    app.exception_handler(RefusedError)(_refused)
    app.exception_handler(TransientError)(_unavailable)
    app.exception_handler(ImgmetaError)(_failed)
    return app


async def _invalid_parameter(_: Request, error: RequestValidationError) -> JSONResponse:
    """Respond with one sentence instead of FastAPI's list."""
    first = error.errors()[0]
    name = printable(str(first["loc"][-1]))
    if first["type"] == "extra_forbidden":
        return _response(422, f"unknown parameter {name}: see /docs")
    return _response(422, f"invalid {name}: {reason_of(first['type'], first.get('ctx', {}))}")


async def _refused(_: Request, error: RefusedError) -> JSONResponse:
    return _response(422, str(error))


async def _unavailable(_: Request, error: TransientError) -> JSONResponse:
    _LOG.warning("%s", error)
    response = _response(503, "the index cannot respond now: try again later")
    response.headers["Retry-After"] = _RETRY_AFTER
    return response


async def _failed(_: Request, error: ImgmetaError) -> JSONResponse:
    # The text may have paths and names of tables, which are not for the client.
    _LOG.error("%s", error)
    return _response(500, "the index cannot be read: see the log of the service")


def _response(code: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, code)
