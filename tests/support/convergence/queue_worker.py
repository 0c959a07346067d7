"""A process that indexes the objects named in a queue's messages, until it is killed.

python -m support.convergence.queue_worker QUEUE_ENDPOINT QUEUE_URL STORE_ENDPOINT TABLE
"""

import sys
from datetime import UTC, datetime
from math import inf

from imgmeta import Outcome, PermanentError, TransientError
from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import DynamoDBImageRepository
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sqs import SQSHintQueue
from imgmeta.bootstrap.indexing import open_indexer
from imgmeta.config import Settings
from imgmeta.service import BatchLimits, process_batch

REGION = "us-east-1"


def main(queue_endpoint: str, queue_url: str, store_endpoint: str, table: str) -> None:
    queue = SQSHintQueue(Clients(region=REGION, endpoint_url=queue_endpoint).sqs, queue_url)
    clients = Clients(region=REGION, endpoint_url=store_endpoint, concurrency=4)
    repository = DynamoDBImageRepository(clients.dynamodb, table, clock=lambda: datetime.now(UTC))
    indexer = open_indexer(Settings(), repository, objects=S3ObjectStore(clients.s3))
    while True:
        try:
            deliveries = queue.receive()
            hints = [hint for each in deliveries for hint in each.parsed.hints]
            outcomes = process_batch(indexer, hints, BatchLimits(4, lambda: inf)).outcomes
            failed = {item.message_id for item in outcomes if item.outcome is Outcome.ERROR}
            queue.settle(
                each
                for each in deliveries
                if failed.isdisjoint(hint.message_id for hint in each.parsed.hints)
            )
        except TransientError:
            continue
        except PermanentError as error:
            # The worker took so long that another one received the messages, and deletes them.
            if "ReceiptHandleIsInvalid" not in str(error):
                raise


if __name__ == "__main__":
    main(*sys.argv[1:])
