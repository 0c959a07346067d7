"""The contract of `imgmeta.ports.ObjectStore`, for every adapter."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract.conftest import OBJECT_STORES
from imgmeta.testing.contracts import ObjectStoreContract, ObjectStoreHarness


class TestObjectStore(ObjectStoreContract):
    @pytest.fixture(params=OBJECT_STORES)
    def objects(
        self, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[ObjectStoreHarness]:
        with ExitStack() as cleanup:
            yield OBJECT_STORES[request.param](tmp_path, monkeypatch, cleanup)
