"""States of a deployed stack that pages take for granted."""

import hashlib
import io
import json
import time
import zipfile

from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from support.aws.emulators import function_platform
from support.aws.inventories import Version, csv_file, report
from support.aws.original_stack import BUCKET, TABLE, TEMPLATE
from support.aws.original_table import original_item, put_original_items
from support.deployment.account import Account
from support.documents.stack_pages import PHOTOS, ROOT

__all__ = [
    "add_dead_letters",
    "add_lost_event",
    "add_unreadable_object",
    "create_bucket",
    "create_function",
    "create_original_stack",
    "prepare_dead_letters",
    "prepare_lost_events",
    "prepare_unreadable_object",
    "publish_inventory",
    "restore_concurrency",
]

_UPLOADS = ("aurora.png", "lighthouse.jpg", "tower.jpg")
_DENIED = ("lighthouse.jpg", "tower.jpg")


def prepare_lost_events(account: Account) -> None:
    """Deploy a stack, and add objects to its bucket without events."""
    stack = account.deploy("photos")
    account.s3.put_bucket_notification_configuration(
        Bucket=stack.bucket, NotificationConfiguration={}
    )
    for name in _UPLOADS:
        stack.put(f"2026/{name}", (PHOTOS / name).read_bytes())


def prepare_unreadable_object(account: Account) -> None:
    """Deploy a stack with objects that sent no events, one of them unreadable."""
    prepare_lost_events(account)
    add_unreadable_object(account)


def add_unreadable_object(account: Account) -> None:
    """Upload an unreadable object."""
    content = (ROOT / "examples/broken/renamed.png").read_bytes()
    account.deployment("photos").put("2025/renamed.png", content)


def add_lost_event(account: Account) -> None:
    """Upload a photo whose event is lost."""
    content = (PHOTOS / "meadow.webp").read_bytes()
    account.deployment("photos").put("2026/meadow.webp", content)


def prepare_dead_letters(account: Account) -> None:
    """Deploy a stack whose function could not read two photos."""
    prepare_lost_events(account)
    add_dead_letters(account)


def add_dead_letters(account: Account) -> None:
    """Add the messages about two photos that the function could not read, and its log."""
    stack = account.deployment("photos")
    group = stack.outputs["LogGroupName"]
    account.logs.create_log_stream(logGroupName=group, logStreamName="denied")
    lines: list[dict[str, object]] = []
    for name in _DENIED:
        hint = Hint(ObjectLocation(stack.bucket, f"2026/{name}"))
        message = account.sqs.send_message(
            QueueUrl=stack.outputs["DeadLetterQueueUrl"], MessageBody=encode_hint(hint)
        )
        lines.append(
            {
                "level": "ERROR",
                "message": "error",
                "timestamp": "2026-11-30T16:00:00Z",
                "bucket": hint.location.bucket,
                "key": hint.location.key,
                "reason": "cannot read the object: access denied",
                "message_id": message["MessageId"],
                "receive_count": 5,
            }
        )
    now = int(time.time() * 1000)
    account.logs.put_log_events(
        logGroupName=group,
        logStreamName="denied",
        logEvents=[{"timestamp": now, "message": json.dumps(line)} for line in lines],
    )


def restore_concurrency(account: Account) -> None:
    """Make `MaximumConcurrency` a number: MiniStack's CloudFormation stores it as text.

    The queue does not invoke the function with a text.
    """
    mappings = account.functions.list_event_source_mappings()["EventSourceMappings"]
    for mapping in mappings:
        if scaling := mapping.get("ScalingConfig"):
            number = int(scaling["MaximumConcurrency"])
            account.functions.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": number}
            )


def create_bucket(account: Account, name: str) -> None:
    """Create a bucket with three photos."""
    account.s3.create_bucket(Bucket=name)
    for photo in _UPLOADS:
        content = (PHOTOS / photo).read_bytes()
        account.s3.put_object(Bucket=name, Key=f"2026/{photo}", Body=content)


def publish_inventory(account: Account) -> None:
    """Create the bucket `reports`, with an S3 Inventory report of the bucket `holiday`."""
    account.s3.create_bucket(Bucket="reports")
    contents = {f"2026/{photo}": (PHOTOS / photo).read_bytes() for photo in _UPLOADS}
    versions = [
        Version(key, size=len(content), etag=hashlib.md5(content).hexdigest())  # noqa: S324 - S3's
        for key, content in contents.items()
    ]
    listing = report(csv_file(versions))
    manifest = "holiday/daily/2026-11-29T01-00Z/manifest.json"
    files = {manifest: json.dumps(listing.document).encode(), **listing.contents}
    for key, content in files.items():
        account.s3.put_object(Bucket="reports", Key=key, Body=content)


def create_function(account: Account, name: str) -> None:
    """Create a function whose code is another program."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("index.py", "def handler(event, context): ...")
    account.functions.create_function(
        FunctionName=name,
        Runtime=function_platform()[0],  # type: ignore[arg-type]  # one of the literals
        Role="arn:aws:iam::111122223333:role/images",
        Handler="imgmeta.entrypoints.aws_lambda.handler",
        Code={"ZipFile": archive.getvalue()},
    )


def create_original_stack(account: Account) -> None:
    """Create a stack of the original template: two images, the items of three, one lost event."""
    account.cloudformation.create_stack(
        StackName="images", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_IAM"]
    )
    account.cloudformation.get_waiter("stack_create_complete").wait(StackName="images")
    photo = (PHOTOS / "lighthouse.jpg").read_bytes()
    for key in ("2026/a.jpg", "lost.JPG"):
        account.s3.put_object(Bucket=BUCKET, Key=key, Body=photo)
    items = [original_item(key, BUCKET) for key in ("2026/a.jpg", "gone.png")]
    put_original_items(account.dynamodb, TABLE, items)
