"""Clients of AWS: patient for a while, known by their name, and made once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore.session import Session

from imgmeta.adapters.aws import Clients, clients
from imgmeta.bootstrap import AWSConnection
from imgmeta.config import Settings
from imgmeta.errors import ConfigurationError
from support.aws.emulators import set_aws_environment

if TYPE_CHECKING:
    from botocore.client import BaseClient

SERVICES = ("s3", "dynamodb", "sns", "sqs")
TEST = "us-east-1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws_environment(monkeypatch)


def client_of(made: Clients, service: str) -> "BaseClient":
    client: BaseClient = getattr(made, service)
    return client


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_its_client_with_timeouts_retries_a_name_and_connections(
    service: str,
) -> None:
    client = client_of(Clients(region=TEST, concurrency=64), service)
    config: Any = client.meta.config
    assert client.meta.service_model.service_name == service
    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert config.max_pool_connections == 64
    assert f" imgmeta/{version('imgmeta')}" in config.user_agent
    assert client.meta.region_name == TEST


def test_a_concurrency_of_none_finds_a_connection() -> None:
    config: Any = Clients(region=TEST, concurrency=0).sqs.meta.config
    assert config.max_pool_connections == 1


def test_what_s3_cannot_check_of_a_first_block_is_not_checked() -> None:
    config: Any = Clients(region=TEST).s3.meta.config
    assert config.response_checksum_validation == "when_required"


class CountingSession(Session):
    """Counts the sessions and the clients that are made, one thread at a time."""

    made: list[str]

    def __init__(self, profile: str | None = None) -> None:
        super().__init__(profile=profile)
        self.made.append("session")

    def create_client(self, service_name: str, **options: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 - as botocore's
        self.made.append(service_name)
        return super().create_client(service_name, **options)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    CountingSession.made = []
    monkeypatch.setattr(clients, "Session", CountingSession)
    return CountingSession.made


def test_nothing_is_made_before_it_is_asked_for(made: list[str]) -> None:
    Clients(region=TEST)
    assert made == []


def test_all_clients_come_of_one_session_and_each_is_made_once(made: list[str]) -> None:
    both = Clients(region=TEST)
    assert both.sqs is both.sqs
    assert both.sns is both.sns
    assert made == ["session", "sqs", "sns"]


def test_threads_that_ask_at_once_get_the_same_client(made: list[str]) -> None:
    shared, together = Clients(region=TEST), Barrier(4)

    def ask(_: int) -> object:
        together.wait(10)
        return shared.sqs

    with ThreadPoolExecutor(4) as pool:
        assert len(set(map(id, pool.map(ask, range(4))))) == 1
    assert made == ["session", "sqs"]


def test_one_that_could_not_be_made_is_made_when_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    shared = Clients()
    with pytest.raises(ConfigurationError, match="no region is set"):
        _ = shared.sqs
    monkeypatch.setenv("AWS_DEFAULT_REGION", TEST)
    # A session has read its environment by then: another one has not.
    assert Clients().sqs.meta.region_name == TEST


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Clients(region=TEST, profile="no\x1bne"), "there is no profile"),
        (lambda: Clients(region=TEST, endpoint_url="\x1bnowhere"), "is no URL"),
        (lambda: Clients(region="no where"), "AWS cannot be asked"),
    ],
)
def test_what_no_client_can_be_made_of_is_said_in_one_line(
    make: Callable[[], Clients], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        _ = make().sqs
    assert str(caught.value).isprintable()


def test_an_endpoint_and_a_profile_are_those_that_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text("[profile work]\nregion = eu-north-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    client = Clients(profile="work", endpoint_url="http://127.0.0.1:1").sqs
    assert client.meta.region_name == "eu-north-1"
    assert client.meta.endpoint_url == "http://127.0.0.1:1"


def test_a_cloud_has_the_clients_of_its_settings_and_makes_them_once() -> None:
    settings = Settings(region=TEST, concurrency=7, endpoint_url="http://127.0.0.1:1")
    cloud = AWSConnection(settings)
    config: Any = cloud.clients.sqs.meta.config
    assert cloud.clients is cloud.clients
    assert config.max_pool_connections >= 7
    assert cloud.clients.sqs.meta.endpoint_url == "http://127.0.0.1:1"


def test_a_region_that_is_set_to_nothing_is_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    with pytest.raises(ConfigurationError, match="no region is set"):
        _ = Clients().sqs
    assert Clients(region=TEST).sqs.meta.region_name == TEST
