"""The contract of `imgmeta.ports.HintQueue`, for every adapter."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.messaging_adapters import HINT_QUEUES
from imgmeta.testing.contracts import AuditQueueHarness, HintQueueContract


class TestHintQueue(HintQueueContract):
    @pytest.fixture(params=HINT_QUEUES)
    def hints(self, request: pytest.FixtureRequest) -> Iterator[AuditQueueHarness]:
        with ExitStack() as cleanup:
            yield HINT_QUEUES[request.param](cleanup)
