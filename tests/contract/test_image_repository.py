"""The contract of `imgmeta.ports.ImageRepository`, for every adapter."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract.conftest import EMULATORS, REPOSITORIES, dynamodb_repository
from imgmeta.testing.contracts import ImageRepositoryContract, RepositoryHarness


class TestImageRepository(ImageRepositoryContract):
    @pytest.fixture(
        params=[
            *REPOSITORIES,
            *(pytest.param(name, marks=pytest.mark.emulator) for name in EMULATORS),
        ]
    )
    def index(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RepositoryHarness]:
        with ExitStack() as cleanup:
            if request.param in REPOSITORIES:
                yield REPOSITORIES[request.param](tmp_path, cleanup)
            else:
                server = request.getfixturevalue(request.param)
                yield dynamodb_repository(tmp_path, cleanup, server.url)
