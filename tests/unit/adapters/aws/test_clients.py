"""Tests of the AWS clients: their configuration, creation and errors."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session

from imgmeta import IfNewer, ImageRepository, TransientError
from imgmeta.adapters.aws import Clients, sessions
from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.bootstrap import AWSConnection
from imgmeta.config import Settings
from imgmeta.errors import ConfigurationError
from imgmeta.testing.strategies.record_examples import image_record
from support.aws.emulators import set_aws_environment
from support.aws.faults import Body

if TYPE_CHECKING:
    from botocore.client import BaseClient

SERVICES = ("s3", "dynamodb", "sns", "sqs")
REGION = "us-east-1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws_environment(monkeypatch)


def client_of(clients_: Clients, service: str) -> "BaseClient":
    client: BaseClient = getattr(clients_, service)
    return client


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_configured_client(
    service: str,
) -> None:
    client = client_of(Clients(region=REGION, concurrency=64), service)
    config: Any = client.meta.config
    assert client.meta.service_model.service_name == service
    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert config.max_pool_connections == 64
    assert f" imgmeta/{version('imgmeta')}" in config.user_agent
    assert client.meta.region_name == REGION


def test_zero_concurrency_has_one_connection() -> None:
    config: Any = Clients(region=REGION, concurrency=0).sqs.meta.config
    assert config.max_pool_connections == 1


def test_s3_responses_are_validated_only_when_required() -> None:
    config: Any = Clients(region=REGION).s3.meta.config
    assert config.response_checksum_validation == "when_required"


class CountingSession(Session):
    """Records the creation of sessions and clients."""

    created: list[str]

    def __init__(self, profile: str | None = None) -> None:
        super().__init__(profile=profile)
        self.created.append("session")

    def create_client(self, service_name: str, **options: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 - botocore's signature
        self.created.append(service_name)
        return super().create_client(service_name, **options)


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    CountingSession.created = []
    monkeypatch.setattr(sessions, "Session", CountingSession)
    return CountingSession.created


def test_no_session_is_created_before_first_use(created: list[str]) -> None:
    Clients(region=REGION)
    assert created == []


def test_all_clients_share_one_session_and_are_created_once(created: list[str]) -> None:
    both = Clients(region=REGION)
    assert both.sqs is both.sqs
    assert both.sns is both.sns
    assert created == ["session", "sqs", "sns"]


def test_concurrent_threads_get_the_same_client(created: list[str]) -> None:
    shared, together = Clients(region=REGION), Barrier(4)

    def get_client(_: int) -> object:
        together.wait(60)
        return shared.sqs

    with ThreadPoolExecutor(4) as pool:
        assert len(set(map(id, pool.map(get_client, range(4))))) == 1
    assert created == ["session", "sqs"]


def test_client_can_be_created_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    shared = Clients()
    with pytest.raises(ConfigurationError, match="no AWS region is set"):
        _ = shared.sqs
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # The first session has cached its environment.
    assert Clients().sqs.meta.region_name == REGION


@pytest.mark.parametrize(
    ("create", "reason"),
    [
        (lambda: Clients(region=REGION, profile="no\x1bne"), "there is no AWS profile"),
        (lambda: Clients(region=REGION, endpoint_url="\x1bnowhere"), "invalid endpoint"),
        (lambda: Clients(region="no where"), "cannot create an AWS client"),
    ],
)
def test_failed_creation_raises_one_line_error(create: Callable[[], Clients], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        _ = create().sqs
    assert str(caught.value).isprintable()


def test_profile_and_endpoint_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config"
    file.write_text("[profile work]\nregion = eu-north-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    client = Clients(profile="work", endpoint_url="http://127.0.0.1:1").sqs
    assert client.meta.region_name == "eu-north-1"
    assert client.meta.endpoint_url == "http://127.0.0.1:1"


def test_connection_creates_clients_from_its_settings_once() -> None:
    settings = Settings(region=REGION, concurrency=7, endpoint_url="http://127.0.0.1:1")
    connection = AWSConnection(settings)
    config: Any = connection.clients.sqs.meta.config
    assert connection.clients is connection.clients
    assert config.max_pool_connections >= 7
    assert connection.clients.sqs.meta.endpoint_url == "http://127.0.0.1:1"


def test_empty_region_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    with pytest.raises(ConfigurationError, match="no AWS region is set"):
        _ = Clients().sqs
    assert Clients(region=REGION).sqs.meta.region_name == REGION


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><p>Sign in", b"<html><p>Hi</p></html>", b"", b"[]"]
)
@pytest.mark.parametrize(
    "request_records",
    [
        lambda repository: repository.get("0" * 32),
        lambda repository: repository.put(image_record(sequencer="1" * 32), IfNewer()),
        lambda repository: list(repository.scan()),
        lambda repository: repository.count("holiday"),
    ],
    ids=["get", "put", "scan", "count"],
)
def test_response_of_another_server_is_not_an_empty_table(
    body: bytes, request_records: Callable[[ImageRepository], object]
) -> None:
    def respond(**_: object) -> AWSResponse:
        return AWSResponse("http://127.0.0.1", 200, HTTPHeaders(), cast("Any", Body(body)))

    client = Clients(region=REGION).dynamodb
    client.meta.events.register_first("before-send.dynamodb", cast("Any", respond))
    repository = DynamoDBImageRepository(client, "images", clock=lambda: datetime.now(UTC))
    with pytest.raises(TransientError, match="not from AWS: check the endpoint"):
        request_records(repository)
