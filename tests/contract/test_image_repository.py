"""The contract of `imgmeta.ports.ImageRepository`, for every adapter."""

import pytest

from imgmeta.testing.contracts import ImageRepositoryContract, RepositoryHarness


class TestImageRepository(ImageRepositoryContract):
    @pytest.fixture
    def index(self, index: RepositoryHarness) -> RepositoryHarness:
        return index  # of conftest.py, for each adapter
