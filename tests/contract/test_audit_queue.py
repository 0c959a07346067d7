"""The contract of `imgmeta.ports.AuditQueue`, for every adapter."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from contract.messaging_adapters import HINT_QUEUES
from imgmeta.testing.contracts import AuditQueueContract, AuditQueueHarness


class TestAuditQueue(AuditQueueContract):
    @pytest.fixture(params=HINT_QUEUES)
    def hints(self, request: pytest.FixtureRequest) -> Iterator[AuditQueueHarness]:
        with ExitStack() as cleanup:
            yield HINT_QUEUES[request.param](cleanup)
