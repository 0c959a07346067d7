"""The contract of `imgmeta.ports.Notifier`, for every adapter."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.messaging_adapters import NOTIFIERS
from imgmeta.testing.contracts import NotifierContract, NotifierHarness


class TestNotifier(NotifierContract):
    @pytest.fixture(params=NOTIFIERS)
    def channel(self, request: pytest.FixtureRequest) -> Iterator[NotifierHarness]:
        with ExitStack() as cleanup:
            yield NOTIFIERS[request.param](cleanup)
