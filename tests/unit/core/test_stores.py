import pytest

from imgmeta.core.stores import DynamoDBTable, PluginStore, SQLiteFile, Store, parse_store
from imgmeta.errors import ConfigurationError


def _expand(path: str) -> str:
    return path.replace("~", "/home/ann", 1) if path.startswith("~/") else path


def _parse(text: str) -> Store:
    return parse_store(text, expand_home=_expand)


@pytest.mark.parametrize(
    ("url", "store"),
    [
        ("sqlite:///photos.db", SQLiteFile("photos.db")),
        ("sqlite:////srv/photos.db", SQLiteFile("/srv/photos.db")),
        ("dynamodb://images", DynamoDBTable("images")),
        ("photos.db", SQLiteFile("photos.db")),
        ("images", SQLiteFile("images")),
        ("/srv/a b%20#é\udcff.db", SQLiteFile("/srv/a b%20#é\udcff.db")),
        ("../photos.db", SQLiteFile("../photos.db")),
        ("./a:b.db", SQLiteFile("./a:b.db")),
        ("2026:07.db", SQLiteFile("2026:07.db")),
        ("~/photos.db", SQLiteFile("/home/ann/photos.db")),
        ("./~/photos.db", SQLiteFile("./~/photos.db")),
        ("sqlite:///~/photos.db", SQLiteFile("~/photos.db")),
    ],
)
def test_store_path_or_url_is_parsed(url: str, store: SQLiteFile | DynamoDBTable) -> None:
    assert _parse(url) == store


def test_unknown_home_folder_is_reported() -> None:
    with pytest.raises(ConfigurationError, match=r"no home folder ~no\\x1bbody: use another path"):
        _parse("~no\x1bbody/photos.db")


@pytest.mark.parametrize("path", [r"C:\photos\index.db", "c:/photos/index.db"])
def test_path_with_a_drive_is_that_of_a_file(path: str) -> None:
    assert _parse(path) == SQLiteFile(path)
    assert _parse(f"sqlite:///{path}") == SQLiteFile(path)


@pytest.mark.parametrize("name", ["ab", "a/b", "a" * 256, "arn:aws:dynamodb:eu-west-1:1:table/x"])
def test_invalid_table_name_is_rejected(name: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid store"):
        _parse(f"dynamodb://{name}")


def test_invalid_store_is_rejected_with_examples() -> None:
    with pytest.raises(ConfigurationError, match="invalid store 'mysql:x': use sqlite:"):
        _parse("mysql:x")


@pytest.mark.parametrize(
    ("url", "scheme"),
    [("mine://host/a b?x=1#é", "mine"), ("MINE://", "mine"), ("git+ssh://x/", "git+ssh")],
)
def test_url_with_another_scheme_is_the_store_of_a_plugin(url: str, scheme: str) -> None:
    store = _parse(url)

    assert store == PluginStore(url)
    assert isinstance(store, PluginStore)
    assert store.scheme == scheme


@pytest.mark.parametrize("url", ["sqlite://x", "SQLite:///x", "DynamoDB://images", "dynamodb://a"])
def test_own_schemes_are_never_those_of_a_plugin(url: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid store"):
        _parse(url)


def test_secrets_in_the_url_of_a_plugin_are_not_shown() -> None:
    store = PluginStore("mine://ann:secret@host/x\n?token=secret")

    assert store.shown == r"mine://***@host/x\n?***"
    assert "secret" not in repr(store)
