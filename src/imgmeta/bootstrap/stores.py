"""The repository that a store's URL names."""

import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.config import Settings
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository

__all__ = ["open_repository"]

_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
"""Amazon DynamoDB Developer Guide, "Naming rules"; an ARN in place of a name is not taken."""


def open_repository(
    url: str, *, must_exist: bool = False, aws: AWSConnection | None = None
) -> AbstractContextManager[ImageRepository]:
    """Return the repository that a store's URL names, to be used in a `with` statement.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `dynamodb://table`.
        must_exist: refuse to make an index where there is none. A table is never made.
        aws: the clients to use; None: those of the default settings.

    Raises:
        ConfigurationError: the URL names no store, or no store of ours.
        TransientError: the store does not answer now.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "dynamodb" and _TABLE.fullmatch(rest):
        return _table(rest, aws or AWSConnection(Settings()))
    path = rest.removeprefix("/")
    if scheme != "sqlite" or path == rest or not path:
        msg = (
            f"{printable(url)} names no store: give one like sqlite:///imgmeta.db or "
            "dynamodb://table"
        )
        raise ConfigurationError(msg)
    from imgmeta.adapters.sqlite import SQLiteImageRepository

    return SQLiteImageRepository(path, must_exist=must_exist)


def _table(name: str, aws: AWSConnection) -> AbstractContextManager[ImageRepository]:
    client = aws.clients.dynamodb
    from imgmeta.adapters.dynamodb import DynamoDBImageRepository

    repository = DynamoDBImageRepository(client, name, clock=lambda: datetime.now(UTC))
    repository.check()
    return repository
