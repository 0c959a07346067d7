"""The stores of an index, by path or URL.

Shell completion imports this module, so its imports must be fast.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from imgmeta.core.text import printable, redact_url
from imgmeta.errors import ConfigurationError

__all__ = ["DEFAULT_STORE", "DynamoDBTable", "PluginStore", "SQLiteFile", "Store", "parse_store"]

_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
"""Amazon DynamoDB Developer Guide, "Naming rules"."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE | re.ASCII)
"""The start of a URI (RFC 3986, section 3.1). A single letter is a drive of Windows."""

_PLUGIN = re.compile(r"(?!(?:sqlite|dynamodb):)([a-z][a-z0-9+.-]*)://", re.IGNORECASE | re.ASCII)
"""The start of a URL that a plug-in may open: any scheme but imgmeta's own."""

_SECRET_IN_PATH = re.compile(r"\A[^/]*:[^/]*@|\?[^/=]*=")
"""A password or a query, which the URL of a SQLite file does not have."""


@dataclass(frozen=True, slots=True)
class SQLiteFile:
    """A SQLite database file that holds the index.

    Attributes:
        path: absolute, or relative to the working directory.
    """

    path: str


@dataclass(frozen=True, slots=True)
class DynamoDBTable:
    """A DynamoDB table that holds the index."""

    name: str

    @property
    def has_valid_name(self) -> bool:
        """Whether the name can be that of a table. An ARN is not accepted."""
        return _TABLE_NAME.fullmatch(self.name) is not None


@dataclass(frozen=True, slots=True, repr=False)
class PluginStore:
    """A store that a plug-in opens: see `imgmeta.ports.OpenStore`.

    Attributes:
        url: the URL, which may contain a password.
    """

    url: str

    @property
    def scheme(self) -> str:
        """The scheme of the URL, in lower case."""
        return self.url.partition("://")[0].lower()

    @property
    def shown(self) -> str:
        """The URL without its secret parts, safe to print."""
        return printable(redact_url(self.url))

    def __repr__(self) -> str:
        """Return a text without the secret parts of the URL."""
        return f"PluginStore({self.shown!r})"


Store = SQLiteFile | DynamoDBTable | PluginStore

DEFAULT_STORE = SQLiteFile("imgmeta.db")
"""The store if none is set: a file in the working directory."""


def parse_store(text: str, *, expand_home: Callable[[str], str]) -> Store:
    """Return the store at a path or URL.

    Args:
        text: the path of a SQLite file, where a leading `~` is the home folder;
            `sqlite:///relative.db`, `sqlite:////absolute.db` or `dynamodb://table`. As in a
            relative URI (RFC 3986, section 4.2), a path whose first part has a colon after two or
            more letters needs `./` before it. A URL with any other scheme is a `PluginStore`;
            whether a package for it is installed is checked when it is opened.
        expand_home: returns a path with its `~` replaced; unchanged if there is no such folder.

    Raises:
        ConfigurationError: the text is not a store, or there is no such home folder.
    """
    scheme, _, rest = text.partition("://")
    if scheme == "dynamodb" and DynamoDBTable(rest).has_valid_name:
        return DynamoDBTable(rest)
    if _PLUGIN.match(text):
        return PluginStore(text)
    is_path = _SCHEME.match(text) is None and "://" not in text and not text.endswith("/")
    path = text if is_path else rest.removeprefix("/")
    is_url = scheme == "sqlite" and path != rest
    if not path or not (is_path or is_url) or _SECRET_IN_PATH.search(path):
        shown = printable(redact_url(text))
        msg = (
            f"invalid store '{shown}': use sqlite:///imgmeta.db or dynamodb://table, or a path "
            "such as imgmeta.db"
        )
        raise ConfigurationError(msg)
    if not is_path or not path.startswith("~"):
        return SQLiteFile(path)
    expanded = expand_home(path)
    if expanded == path:
        home = printable(path.partition("/")[0])
        msg = f"there is no home folder {home}: use another path, or ./{home} for a file"
        raise ConfigurationError(msg)
    return SQLiteFile(expanded)
