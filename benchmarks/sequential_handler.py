"""A plain Lambda handler for a benchmark: one event after the other, without imgmeta.

For each event: HEAD, GET of the first block, and a conditional write of a record. It neither parses
the image nor handles errors.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
sns = boto3.client("sns")


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Write a record for each event, then publish the count."""
    del context
    for each in event["Records"]:
        bucket = each["s3"]["bucket"]["name"]
        key = unquote_plus(each["s3"]["object"]["key"])
        sequencer = each["s3"]["object"]["sequencer"]
        head = s3.head_object(Bucket=bucket, Key=key)
        block = s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-131071")["Body"].read()
        image_id = hashlib.md5(f"{bucket}/{key}".encode(), usedforsecurity=False).hexdigest()
        dynamodb.put_item(
            TableName=os.environ["METADATA_TABLE"],
            Item={
                "ImageId": {"S": image_id},
                "BucketName": {"S": bucket},
                "ObjectKey": {"S": key},
                "FileSize": {"N": str(head["ContentLength"])},
                "ETag": {"S": head["ETag"]},
                "Start": {"S": block[:16].hex()},
                "ProcessedAt": {"S": datetime.now(UTC).isoformat()},
                "Sequencer": {"S": sequencer},
            },
            ConditionExpression="attribute_not_exists(Sequencer) OR Sequencer < :sequencer",
            ExpressionAttributeValues={":sequencer": {"S": sequencer}},
        )
    count = len(event["Records"])
    sns.publish(TopicArn=os.environ["SNS_TOPIC_ARN"], Message=f"{count} images")
    return {"statusCode": 200, "body": json.dumps({"processed": count, "failed": 0})}
