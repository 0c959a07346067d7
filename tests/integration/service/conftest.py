"""The example service, on an index of six records in SQLite or DynamoDB."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.config import DynamoDBTable, Settings, SQLiteFile
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import Status
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import image_record
from support.aws.moto import HAS_AWS, aws_in_memory

if TYPE_CHECKING:
    from support.http.asgi_client import Client

RECORDS = [
    image_record(
        "2026/a.jpg",
        format="JPEG",
        file_size=5_000_000,
        camera_make="Canon",
        camera_model="EOS 5D",
        taken_at=datetime(2026, 6, 10, 12),  # noqa: DTZ001 - a local time
        upload_timestamp=1_781_000_000,
        latitude=48.137_222,
        longitude=11.575_555,
        altitude=519.0,
    ),
    image_record("2026/b.gif", format="GIF", file_size=1_000, upload_timestamp=1_780_000_000),
    image_record(
        "2026/c \N{GRINNING FACE}.nef",
        format="NEF",
        file_size=20_000_000,
        upload_timestamp=1_782_000_000,
        latitude=-17.7,
        longitude=179.9,
    ),
    image_record("d.jpg", status=Status.FAILED, error="Truncated file", file_size=None),
    image_record("e.jpg", complete=False),
    image_record("gone.jpg", status=Status.DELETED, file_size=None),
]

STORES = ["sqlite", *(["dynamodb"] if HAS_AWS else [])]


def fill(repository: ImageRepository) -> None:
    for record in RECORDS:
        repository.put(record, IfRevision(None))


@pytest.fixture(scope="module")
def sqlite_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("service") / "index.db"
    with SQLiteImageRepository(path) as repository:
        fill(repository)
    return Settings(SQLiteFile(str(path)))


@pytest.fixture(scope="module")
def dynamodb_settings() -> Iterator[Settings]:
    from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table  # noqa: PLC0415 - needs the extra aws

    now = RECORDS[0].processed_at
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        client = stack.enter_context(aws_in_memory(patch)).dynamodb
        create_table(client, "images")
        with DynamoDBImageRepository(client, "images", clock=lambda: now) as repository:
            fill(repository)
        yield Settings(DynamoDBTable("images"), region="us-east-1")


@pytest.fixture(scope="module", params=STORES)
def settings(request: pytest.FixtureRequest) -> Settings:
    """Return the settings of an index with `RECORDS`, in each store."""
    found: Settings = request.getfixturevalue(f"{request.param}_settings")
    return found


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator["Client"]:
    """Return a client of the service of each store."""
    from imgmeta_service import create_app  # noqa: PLC0415 - needs the dependency group examples
    from support.http.asgi_client import running  # noqa: PLC0415 - as above

    with running(create_app(settings)) as found:
        yield found
