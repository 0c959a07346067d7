"""A fast stub of the API requests of a backfill: S3, DynamoDB, SQS and CloudFormation.

    python tests/support/aws/stub_api.py [--keys 100000] [--planted 50] [--empty-index]

Serves one bucket, one table and two queues, with pages of any size that are made when they are
requested. Prints its URL, and ends when standard input is closed.
"""

import argparse
import base64
import json
import sys
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape

from imgmeta.core.identity import image_id
from support.http.serving import serving

__all__ = ["BUCKET", "STACK", "TABLE", "StubAPI", "stub_api"]

BUCKET, TABLE, STACK = "holiday", "images", "photos"
STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/photos/1"
QUEUE, DEAD_LETTERS = "queue", "dead-letters"

_TIME = "2026-11-23T06:30:01.000Z"
_PAGE_BYTES = 1024 * 1024
_TEXTS = {
    "BucketName": BUCKET,
    "Status": "processed",
    "Revision": "r1",
    "Format": "JPEG",
    "MimeType": "image/jpeg",
    "LastModified": _TIME,
    "CameraMake": "ACME",
    "CameraModel": "Camera 3000",
    "LensModel": "4.2mm f/2.8",
}
_NUMBERS = {
    "FileSize": 1000,
    "SchemaVersion": 1,
    "ReaderVersion": 1_000,
    "Width": 4000,
    "Height": 3000,
    "DisplayWidth": 4000,
    "DisplayHeight": 3000,
    "Orientation": 1,
    "UploadTimestamp": 1_795_415_401,
    "Latitude": 47.37,
    "Longitude": 8.54,
    "FocalLength": 4.2,
}
"""The other attributes of a usual photo."""
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def etag(key: str) -> str:
    """Return the ETag of an object."""
    return image_id(BUCKET, key)


class StubAPI:
    """The state of the stub.

    Attributes:
        url: the endpoint.
        objects: the ETags of the objects, by key.
        index: the ETags in the index, by key; None for an unreadable record.
        sent: the bodies of all messages that were sent, in order.
        waiting: the number of messages that the queue reports.
        dead_letters: the number of messages that the dead-letter queue reports.
        counts_waiting: whether unprocessed messages count as waiting.
        processed: whether each sent message is processed at once, and its record written.
        requests: the number of requests, by name.
        before: is called before each request, and `after` after it, before its response is sent.
    """

    def __init__(self, keys: list[str]) -> None:
        self.url = ""
        self.objects = {key: etag(key) for key in keys}
        self.index: dict[str, str | None] = dict(self.objects)
        self.sent: list[str] = []
        self.waiting = 0
        self.dead_letters = 0
        self.processed = True
        self.counts_waiting = True
        self.requests: dict[str, int] = {}
        self.before: Callable[[], object] = lambda: None
        self.after: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._sorted: dict[int, tuple[int, list[str]]] = {}

    def plant(self, count: int) -> dict[str, str]:
        """Plant `count` differences, spread over all keys; return the kind of each by its key."""
        planted: dict[str, str] = {}
        keys = sorted(self.objects)
        for number in range(count):
            key = keys[number * len(keys) // count]
            kind = ("new", "changed", "gone", "unreadable")[number % 4]
            planted[key] = kind
            if kind == "new":
                del self.index[key]
            elif kind == "gone":
                del self.objects[key]
            else:
                self.index[key] = "other" if kind == "changed" else None
        return planted

    def sent_keys(self) -> list[str]:
        """Return the keys of all hints that were sent, in order."""
        return [json.loads(body)["Records"][0]["s3"]["object"]["key"] for body in self.sent]

    def _keys(self, mapping: dict[str, Any]) -> list[str]:
        size, keys = self._sorted.get(id(mapping), (-1, []))
        if size != len(mapping):
            keys = sorted(mapping)
            self._sorted[id(mapping)] = len(mapping), keys
        return keys

    def _after(self, mapping: dict[str, Any], prefix: str, after: str) -> tuple[list[str], int]:
        keys = self._keys(mapping)
        return keys, max(bisect_left(keys, prefix), bisect_right(keys, after) if after else 0)

    def list_objects(self, query: dict[str, list[str]]) -> bytes:
        """Respond to ListObjectsV2."""
        prefix = query.get("prefix", [""])[0]
        size = int(query.get("max-keys", ["1000"])[0])
        token = query.get("continuation-token", [""])[0]
        after = base64.b64decode(token).decode() if token else query.get("start-after", [""])[0]
        keys, start = self._after(self.objects, prefix, after)
        page = [key for key in keys[start : start + size] if key.startswith(prefix)]
        truncated = start + size < len(keys) and len(page) == size
        following = base64.b64encode(page[-1].encode()).decode() if truncated else ""
        lines = "".join(
            f"<Contents><Key>{escape(quote(key))}</Key><LastModified>{_TIME}</LastModified>"
            f"<ETag>&quot;{self.objects[key]}&quot;</ETag><Size>1000</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for key in page
        )
        tail = f"<NextContinuationToken>{following}</NextContinuationToken>" if truncated else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="{_NAMESPACE}">'
            f"<Name>{BUCKET}</Name><Prefix>{escape(quote(prefix))}</Prefix>"
            f"<KeyCount>{len(page)}</KeyCount><MaxKeys>{size}</MaxKeys>"
            f"<EncodingType>url</EncodingType>{tail}"
            f"<IsTruncated>{str(truncated).lower()}</IsTruncated>{lines}</ListBucketResult>"
        ).encode()

    def item(self, key: str) -> dict[str, Any]:
        """Return the item of a key, with the attributes of a usual photo."""
        stored = self.index[key]
        fresh = stored is not None and stored.startswith("new:")
        texts = {
            **_TEXTS,
            "ImageId": image_id(BUCKET, key),
            "ObjectKey": key,
            "ETag": (stored or "").removeprefix("new:"),
            "ProcessedAt": "2099-01-01T00:00:00.000000Z" if fresh else _TIME,
        }
        if stored is None:
            del texts["Status"], texts["Revision"]
        return {
            **{name: {"S": value} for name, value in texts.items()},
            **{name: {"N": str(value)} for name, value in _NUMBERS.items()},
        }

    def query(self, request: dict[str, Any]) -> dict[str, Any]:
        """Respond to Query of the index by bucket and key."""
        values = request["ExpressionAttributeValues"]
        start = values.get(":start", {"S": ""})["S"]
        end = values.get(":end", {"S": "\U0010ffff"})["S"]
        after = request.get("ExclusiveStartKey", {}).get("ObjectKey", {"S": ""})["S"]
        keys, position = self._after(self.index, start, after)
        items: list[dict[str, Any]] = []
        size = 0
        for key in keys[position:]:
            if key > end:
                break
            if size >= _PAGE_BYTES:
                last = items[-1]
                return {
                    "Items": items,
                    "Count": len(items),
                    "LastEvaluatedKey": {
                        name: last[name] for name in ("ImageId", "BucketName", "ObjectKey")
                    },
                }
            items.append(self.item(key))
            size += 400 + len(key)
        return {"Items": items, "Count": len(items)}

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        """Respond to SendMessageBatch."""
        entries = request["Entries"]
        with self._lock:
            self.sent += [entry["MessageBody"] for entry in entries]
            if not self.processed and self.counts_waiting:
                self.waiting += len(entries)
        if self.processed:
            for entry in entries:
                body = json.loads(entry["MessageBody"])
                self.process(body["Records"][0]["s3"]["object"]["key"])
        return {"Successful": [{"Id": entry["Id"], "MessageId": "m"} for entry in entries]}

    def process(self, key: str) -> None:
        """Write the record of an object like the function; the index keeps its deleted records."""
        with self._lock:
            self.index[key] = f"new:{self.objects.get(key, etag(key))}"

    def attributes(self, request: dict[str, Any]) -> dict[str, Any]:
        """Respond to GetQueueAttributes."""
        is_queue = request["QueueUrl"].endswith(f"/{QUEUE}")
        waiting = self.waiting if is_queue else self.dead_letters
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(waiting),
                "ApproximateNumberOfMessagesNotVisible": "0",
            }
        }

    def get_item(self, request: dict[str, Any]) -> dict[str, Any]:
        """Respond to GetItem."""
        wanted = request["Key"]["ImageId"]["S"]
        found = (key for key in self.index if image_id(BUCKET, key) == wanted)
        return {"Item": self.item(key)} if (key := next(found, None)) else {}

    def describe_table(self, _: dict[str, Any]) -> dict[str, Any]:
        """Respond to DescribeTable."""
        from imgmeta.adapters.dynamodb.table import table_definition  # noqa: PLC0415 - optional

        table: dict[str, Any] = {**table_definition(TABLE), "TableStatus": "ACTIVE"}
        for index in table["GlobalSecondaryIndexes"]:
            index["IndexStatus"] = "ACTIVE"
        return {"Table": table}

    def describe_stack(self) -> bytes:
        """Respond to DescribeStacks."""
        outputs = {
            "DynamoDBTableName": TABLE,
            "QueueUrl": f"{self.url}/123456789012/{QUEUE}",
            "DeadLetterQueueUrl": f"{self.url}/123456789012/{DEAD_LETTERS}",
            "Buckets": BUCKET,
            "LambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:photos",
            "LogGroupName": "/aws/lambda/photos",
        }
        members = "".join(
            f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for name, value in outputs.items()
        )
        names = ("EnvironmentSuffix", "CodeBucket", "CodeKey", "NotificationEmail", "Runtime")
        parameters = "".join(
            f"<member><ParameterKey>{name}</ParameterKey><ParameterValue>x</ParameterValue></member>"
            for name in (*names, "Architecture")
        )
        return (
            '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
            f"<DescribeStacksResult><Stacks><member><StackId>{STACK_ID}</StackId>"
            f"<StackName>{STACK}</StackName><CreationTime>{_TIME}</CreationTime>"
            f"<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{members}</Outputs>"
            f"<Parameters>{parameters}</Parameters></member>"
            "</Stacks></DescribeStacksResult></DescribeStacksResponse>"
        ).encode()

    def respond(self, method: str, path: str, target: str, body: bytes) -> bytes:
        """Return the body of the response to a request."""
        self.before()
        response = self._respond(method, path, target, body)
        self.after()
        return response

    def _respond(self, method: str, path: str, target: str, body: bytes) -> bytes:
        operation = target.partition(".")[2]
        self.requests[operation or method] = self.requests.get(operation or method, 0) + 1
        if method == "GET":
            return self.list_objects(parse_qs(urlsplit(path).query, keep_blank_values=True))
        if not target:
            return self.describe_stack()
        handlers = {
            "Query": self.query,
            "GetItem": self.get_item,
            "DescribeTable": self.describe_table,
            "SendMessageBatch": self.send,
            "GetQueueAttributes": self.attributes,
        }
        return json.dumps(handlers[operation](json.loads(body))).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    stub: ClassVar[StubAPI]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the client was killed
        target = self.headers.get("X-Amz-Target", "")
        content = self.stub.respond(self.command, self.path, target, body)
        self.send_response(200)
        kind = "application/xml" if content.startswith(b"<") else "application/x-amz-json-1.0"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 - names of the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
        pass


@contextmanager
def stub_api(stub: StubAPI) -> Generator[StubAPI]:
    """Serve the stub within the context."""

    class Handler(_Handler):
        pass

    Handler.stub = stub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield stub


def numbered_keys(count: int) -> list[str]:
    """Return keys like those of a camera."""
    return [f"2026/{number // 1000:05}/IMG_{number:08}.jpg" for number in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--planted", type=int, default=50)
    parser.add_argument("--empty-index", action="store_true")
    options = parser.parse_args()
    stub = StubAPI(numbered_keys(options.keys))
    stub.plant(options.planted)
    if options.empty_index:
        stub.index.clear()
    stub.processed = stub.counts_waiting = False
    with stub_api(stub):
        print(stub.url, flush=True)  # noqa: T201 - the output of this script
        sys.stdin.read()


if __name__ == "__main__":
    main()
