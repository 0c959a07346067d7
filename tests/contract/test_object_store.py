"""The contract of `imgmeta.ports.ObjectStore`, for every adapter."""

import pytest

from imgmeta.testing.contracts import ObjectStoreContract, ObjectStoreHarness


class TestObjectStore(ObjectStoreContract):
    @pytest.fixture
    def objects(self, objects: ObjectStoreHarness) -> ObjectStoreHarness:
        return objects  # of conftest.py, for each adapter
