"""The AWS accounts of the contract tests: an empty one in memory, and one on an emulator."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from support.aws.emulators import Emulator, clients_at
from support.aws.moto import HAS_AWS, aws_in_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from imgmeta.adapters.aws import Clients

__all__ = ["ministack_clients", "moto_clients", "on_aws"]


def moto_clients(cleanup: ExitStack) -> "Clients":
    """Return the clients of an empty account in this process."""
    patch = cleanup.enter_context(pytest.MonkeyPatch.context())
    return cleanup.enter_context(aws_in_memory(patch))


def ministack_clients(request: pytest.FixtureRequest) -> "Clients":
    """Return the clients of the account on MiniStack, which all tests share."""
    request.getfixturevalue("aws_environment")
    server: Emulator = request.getfixturevalue("ministack")
    return clients_at(server.url)


def on_aws(harness_over: "Callable[[Clients], object]") -> list[Any]:
    """Return the parameters of a fixture for an adapter that is tested in both accounts.

    Each parameter is a function that takes the fixture's request and an exit stack, and returns the
    harness.

    Args:
        harness_over: returns the harness for an account.
    """

    def on_moto(_: pytest.FixtureRequest, cleanup: ExitStack) -> object:
        return harness_over(moto_clients(cleanup))

    def on_ministack(request: pytest.FixtureRequest, _: ExitStack) -> object:
        return harness_over(ministack_clients(request))

    return [
        *([pytest.param(on_moto, id="moto")] if HAS_AWS else []),
        pytest.param(on_ministack, id="MiniStack", marks=pytest.mark.emulator),
    ]
