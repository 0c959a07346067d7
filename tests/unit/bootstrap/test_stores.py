from pathlib import Path

import pytest

from imgmeta.bootstrap import open_repository
from imgmeta.config import DynamoDBTable, SQLiteFile
from imgmeta.errors import ConfigurationError


def test_three_slashes_name_a_file_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with open_repository("sqlite:///index.db"):
        assert (tmp_path / "index.db").is_file()


def test_four_slashes_name_a_file_by_its_absolute_path(tmp_path: Path) -> None:
    with open_repository(f"sqlite:///{tmp_path}/index.db"):
        assert (tmp_path / "index.db").is_file()


def test_path_names_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with open_repository("index.db"), open_repository(f"{tmp_path}/absolute.db"):
        assert {each.name for each in tmp_path.glob("*.db")} == {"index.db", "absolute.db"}


@pytest.mark.parametrize(
    "url",
    [
        *("", "sqlite:", "sqlite://", "sqlite:///", "sqlite://index.db", "sqlite:index.db"),
        *("postgresql:///index.db", "SQLITE:///index.db", "file:///index.db", "folder/"),
        *("mysql://x", "arn:aws:dynamodb:eu-west-1:1:table/x", "index.db?key=x", "a/b://c"),
    ],
)
def test_invalid_store_is_rejected_with_an_example(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"sqlite:///imgmeta\.db"):
        open_repository(url)


def test_invalid_store_is_escaped_in_the_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_repository("\x1b[2J\n://")

    assert str(caught.value).isprintable()


def test_store_value_is_accepted_in_place_of_a_url(tmp_path: Path) -> None:
    with open_repository(SQLiteFile(f"{tmp_path}/index.db")):
        assert (tmp_path / "index.db").is_file()


def test_invalid_table_name_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="invalid table name 'a'"):
        open_repository(DynamoDBTable("a"))


def test_missing_index_is_not_created_if_it_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        open_repository(f"sqlite:///{tmp_path}/index.db", must_exist=True)

    assert list(tmp_path.iterdir()) == []
