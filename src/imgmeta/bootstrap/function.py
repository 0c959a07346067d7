"""The function in the cloud, wired: S3's objects, a table of DynamoDB, and a topic of SNS."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sns import SNSNotifier
from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.indexing import open_indexer
from imgmeta.config import Settings
from imgmeta.core.records import ImageRecord
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository, Notifier
from imgmeta.service import Indexer

__all__ = ["Function", "open_function"]

_SCHEME = "dynamodb://"


@dataclass(frozen=True, slots=True)
class Function:
    """What the function works with.

    Attributes:
        settings: from its environment.
        repository: the index.
        indexer: the use cases.
    """

    settings: Settings
    repository: ImageRepository
    indexer: Indexer
    _aws: AWSConnection

    def notifier(self) -> Notifier | None:
        """Return who tells people; None where there is no topic. Most invocations need none."""
        if not self.settings.topic_arn:
            return None
        return SNSNotifier(self._aws.clients.sns, self.settings.topic_arn)


def open_function(settings: Settings) -> Function:
    """Return the function that these settings make, its clients made and its models built.

    Raises:
        ConfigurationError: they name no table, or AWS cannot be asked as they say.
    """
    if not settings.store.startswith(_SCHEME):
        msg = "the function needs a table: set METADATA_TABLE to the name of one"
        raise ConfigurationError(msg)
    table = settings.store.removeprefix(_SCHEME)
    aws = AWSConnection(settings)
    with _without_collections():
        repository = DynamoDBImageRepository(
            aws.clients.dynamodb,
            table,
            clock=lambda: datetime.now(UTC),
            concurrency=settings.concurrency,
        )
        objects = S3ObjectStore(aws.clients.s3)
        indexer = open_indexer(settings, repository, objects=objects)
        ImageRecord.model_rebuild()
    return Function(settings, repository, indexer, aws)


@contextmanager
def _without_collections() -> Generator[None]:
    """Make much that stays without looking for garbage in it, and never look there again.

    AWS's service models are some hundred thousand objects: collections in between cost a fifth of
    a cold start.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
