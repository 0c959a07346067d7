import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from imgmeta.adapters.aws import Clients, add_handler

EVENT = "an-event.that-only-this-test.emits"


def test_handler_is_added_to_a_client_once() -> None:
    client, calls = Clients(region="eu-west-1").s3, list[str]()

    def handle(name: str, **_: object) -> None:
        calls.append(name)

    for _ in range(2):
        add_handler(client, EVENT, handle)
    client.meta.events.emit(EVENT, name="called")
    assert calls == ["called"]


def test_first_handler_is_called_before_older_ones() -> None:
    client, calls = Clients(region="eu-west-1").s3, list[str]()
    client.meta.events.register(EVENT, lambda **_: calls.append("older"))
    add_handler(client, EVENT, lambda **_: calls.append("first"), first=True)
    client.meta.events.emit(EVENT)
    assert calls == ["first", "older"]
