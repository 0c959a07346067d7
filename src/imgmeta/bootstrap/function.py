"""Wiring of the Lambda function: S3 objects, a DynamoDB table and an SNS topic."""

from dataclasses import dataclass
from datetime import UTC, datetime

from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sns import SNSNotifier
from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.indexing import open_indexer
from imgmeta.config import DynamoDBTable, Settings
from imgmeta.core.records import ImageRecord
from imgmeta.errors import ConfigurationError
from imgmeta.ports import AuditQueue, ImageRepository, Notifier
from imgmeta.service import Indexer

__all__ = ["Function", "open_function"]


@dataclass(frozen=True, slots=True)
class Function:
    """The settings and use cases of the Lambda function.

    Attributes:
        settings: the settings from its environment.
        repository: the index.
        indexer: the indexer of that index.
    """

    settings: Settings
    repository: ImageRepository
    indexer: Indexer
    _aws: AWSConnection

    def notifier(self) -> Notifier | None:
        """Return the notifier; None if there is neither a topic nor another recipient.

        Raises:
            ImgmetaError: as for `open_notifier`.
        """
        topic, others = self.settings.topic_arn, self.settings.recipients
        if not others:
            return SNSNotifier(self._aws.clients.sns, topic) if topic else None
        from imgmeta.bootstrap.notifiers import open_notifier
        from imgmeta.core.notifiers import Topic

        return open_notifier([*([Topic(topic)] if topic else []), *others], self._aws)

    def audit_queue(self) -> AuditQueue:
        """Return the queue that delivers messages to the function.

        Raises:
            ConfigurationError: the settings do not name it.
        """
        if not self.settings.queue_url:
            msg = "cannot audit the index without a queue: set QUEUE_URL"
            raise ConfigurationError(msg)
        from imgmeta.adapters.sqs import SQSHintQueue

        return SQSHintQueue(self._aws.clients.sqs, self.settings.queue_url)


def open_function(settings: Settings) -> Function:
    """Return the function, with its AWS clients and data models created.

    Raises:
        ConfigurationError: the store is not a table, or the AWS settings are invalid.
    """
    if not isinstance(settings.store, DynamoDBTable):
        msg = "the function needs a DynamoDB table: set METADATA_TABLE to its name"
        raise ConfigurationError(msg)
    aws = AWSConnection(settings, direct=True)
    repository = DynamoDBImageRepository(
        aws.clients.dynamodb,
        settings.store.name,
        clock=lambda: datetime.now(UTC),
        concurrency=settings.concurrency,
    )
    objects = S3ObjectStore(aws.clients.s3, requester_pays=settings.requester_pays)
    indexer = open_indexer(settings, repository, objects=objects)
    ImageRecord.model_rebuild()
    return Function(settings, repository, indexer, aws)
