"""The repository satisfies the contract of imgmeta, and behaves as the one in memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from imgmeta import ImageRecord, ImageRepository
from imgmeta.testing.contracts import (
    ImageRepositoryContract,
    RepositoryHarness,
    RepositoryMachine,
)
from imgmeta_jsonl import open_store


class TestContract(ImageRepositoryContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[RepositoryHarness]:
        path = tmp_path / "index.jsonl"

        def insert_many(records: Iterable[ImageRecord]) -> None:
            with path.open("a") as file:
                file.writelines(f"{record.to_json()}\n" for record in records)

        with open_store(f"jsonl://{path}") as repository:
            yield RepositoryHarness(
                repository, insert_many=insert_many, fail_permanently=path.unlink
            )


class Machine(RepositoryMachine):
    def make(self) -> ImageRepository:
        folder = self.cleanup.enter_context(TemporaryDirectory())
        return self.cleanup.enter_context(open_store(f"jsonl://{folder}/index.jsonl"))


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=20, stateful_step_count=20)
