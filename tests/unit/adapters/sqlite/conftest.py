"""Fixtures for the tests of the SQLite adapter."""

import pytest


@pytest.fixture(autouse=True)
def created_by_the_adapter(created_indexes: None) -> None:
    """Test also the creation of the indexes."""
    del created_indexes
