"""The least that a Lambda handler must do, for a benchmark: two requests for each event.

For each event, GET of the first block and PutItem of a small item, both with botocore and with the
same configuration of the clients and the same concurrency as in imgmeta. Nothing is parsed,
compared or checked, so that its time is that of two round trips and of the SDK.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote_plus

from botocore.config import Config
from botocore.session import Session

CONCURRENCY = int(os.environ.get("IMGMETA_CONCURRENCY") or os.environ["FLOOR_CONCURRENCY"])

session = Session()
configuration = Config(
    max_pool_connections=CONCURRENCY,
    parameter_validation=False,
    response_checksum_validation="when_required",
    retries={"mode": "standard"},
    user_agent="floor",
)
s3: Any = session.create_client("s3", config=configuration)
dynamodb: Any = session.create_client("dynamodb", config=configuration)
sns: Any = session.create_client("sns", config=configuration)


def process(record: dict[str, Any]) -> None:
    """Read an object and write an item."""
    key = unquote_plus(record["s3"]["object"]["key"])
    response = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key, Range="bytes=0-131071")
    response["Body"].read()
    dynamodb.put_item(
        TableName=os.environ["METADATA_TABLE"],
        Item={"ImageId": {"S": key}, "FileSize": {"N": "1"}},
        ConditionExpression="attribute_not_exists(Sequencer) OR Sequencer < :sequencer",
        ExpressionAttributeValues={":sequencer": {"S": record["s3"]["object"]["sequencer"]}},
    )


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Process the events concurrently, then publish the count."""
    del context
    records = event["Records"]
    with ThreadPoolExecutor(min(CONCURRENCY, len(records))) as pool:
        for _ in pool.map(process, records):
            pass
    sns.publish(TopicArn=os.environ["SNS_TOPIC_ARN"], Message=f"{len(records)} images")
    return {"statusCode": 200, "body": json.dumps({"processed": len(records), "failed": 0})}
