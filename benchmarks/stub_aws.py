"""Stub of S3, DynamoDB and SNS with canned responses, so that a benchmark measures only the client.

    python benchmarks/stub_aws.py [--milliseconds 20] [--object-size 0]

Prints its URL once it listens, and runs until it is terminated. Each response is delayed by a
network round trip. S3 has an object at every key that does not start with `absent/`: the photos of
examples/photos in turns, padded to `--object-size` bytes. DynamoDB accepts every write and finds no
item. `GET /_stub/counts` returns and resets the counts of requests and bytes.
"""

import argparse
import asyncio
import json
import re
from collections import Counter
from hashlib import md5
from pathlib import Path
from urllib.request import urlopen
from zlib import crc32

__all__ = ["PHOTOS", "read_counts"]

_COUNTS = "/_stub/counts"
HOST = "127.0.0.1"
PHOTOS = Path(__file__).parent.parent / "examples" / "photos"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_RANGE = re.compile(rb"\r\nrange: *bytes=([0-9]+)-([0-9]+)", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nx-amz-target: *[^.\r]*\.([A-Za-z]+)", re.IGNORECASE)
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")
_PUBLISHED = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>11111111-1111-1111-1111-111111111111</MessageId></PublishResult>"
    b"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>"
)
_NO_KEY = b"<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>"
_DATES = b"Last-Modified: Mon, 23 Nov 2026 06:30:01 GMT\r\nDate: Mon, 23 Nov 2026 06:30:02 GMT\r\n"
_PLAIN_FIELDS = b"Accept-Ranges: bytes\r\nContent-Type: image/jpeg\r\nServer: AmazonS3\r\n"
_AMZ_IDS = b"x-amz-request-id: 4442587FB7D0A2F9\r\nx-amz-id-2: vlR7PnpV2Ce81l0PRw6jlUpck7Jo5Zs=\r\n"


def read_counts(url: str) -> dict[str, int]:
    """Return the counts of the stub at `url` since the last call.

    They are the requests of each operation, by its name, `bytes received` and `bytes sent`.
    """
    with urlopen(f"{url}{_COUNTS}") as response:  # noqa: S310 - the URL of the stub
        counts: dict[str, int] = json.load(response)
    return counts


class Stub:
    """The canned responses, and the counts of requests."""

    def __init__(self, milliseconds: float, object_size: int) -> None:
        self.delay = milliseconds / 1000
        self.counts = Counter[str]()
        photos = [path.read_bytes() for path in sorted(PHOTOS.iterdir()) if path.is_file()]
        self._bodies = [photo.ljust(object_size, b"\0") for photo in photos]
        self._etags = [md5(body, usedforsecurity=False).hexdigest() for body in self._bodies]

    def respond(self, head: bytes, body: bytes) -> bytes:
        """Return the response to a request, and count it."""
        method, target, _ = head.split(b" ", 2)
        if method == b"POST":
            operation, response = self._post(head, body)
        elif target == _COUNTS.encode():
            return self._counts()
        else:
            operation = "HeadObject" if method == b"HEAD" else "GetObject"
            response = self._object(target, head, is_head=method == b"HEAD")
        self.counts[operation] += 1
        self.counts["bytes received"] += len(head) + 4 + len(body)
        self.counts["bytes sent"] += len(response)
        return response

    def _counts(self) -> bytes:
        content = json.dumps(self.counts).encode()
        self.counts.clear()
        return _response(b"200 OK", b"", content)

    def _post(self, head: bytes, body: bytes) -> tuple[str, bytes]:
        if operation := _TARGET.search(head):
            fields = b"Content-Type: application/x-amz-json-1.0\r\n%bx-amz-crc32: %d\r\n"
            return operation[1].decode(), _response(
                b"200 OK", fields % (_AMZ_IDS, crc32(b"{}")), b"{}"
            )
        action = _ACTION.search(body)
        return action[1].decode() if action else "unknown", _response(
            b"200 OK", b"Content-Type: text/xml\r\n", _PUBLISHED
        )

    def _object(self, target: bytes, head: bytes, *, is_head: bool) -> bytes:
        if b"/absent/" in target:
            return _response(b"404 Not Found", _AMZ_IDS, b"" if is_head else _NO_KEY)
        number = crc32(target) % len(self._bodies)
        content = self._bodies[number]
        fields = _AMZ_IDS + _DATES + _PLAIN_FIELDS
        fields += b'ETag: "%b"\r\n' % self._etags[number].encode()
        if (span := _RANGE.search(head)) is None:
            return _response(b"200 OK", fields, content, with_body=not is_head)
        first = int(span[1])
        last = min(int(span[2]), len(content) - 1)
        fields += b"Content-Range: bytes %d-%d/%d\r\n" % (first, last, len(content))
        return _response(b"206 Partial Content", fields, content[first : last + 1])


def _response(status: bytes, fields: bytes, body: bytes, *, with_body: bool = True) -> bytes:
    head = b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n" % (status, fields, len(body))
    return head + body if with_body else head


class Connection(asyncio.Protocol):
    """One connection of a client, which sends the next request after the response to the last."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for writing."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP transports are of this class
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each complete request after the delay."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end])
        length = int(match[1]) if (match := _LENGTH.search(head)) else 0
        if len(self._received) < end + 4 + length:
            return
        body = bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        response = self._stub.respond(head, body)
        delay = 0 if _COUNTS.encode() in head[:20] else self._stub.delay
        asyncio.get_running_loop().call_later(delay, self._send, response)

    def _send(self, response: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(response)


async def serve(stub: Stub) -> None:
    """Print the stub's URL and listen until canceled."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Connection(stub), HOST, 0, backlog=512)
    print(f"http://{HOST}:{listener.sockets[0].getsockname()[1]}", flush=True)
    await listener.serve_forever()


def main() -> None:
    """Parse the arguments and run the stub."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--milliseconds", type=float, default=20, help="delay of each response")
    parser.add_argument(
        "--object-size", type=int, default=0, help="bytes of an object; smaller photos are padded"
    )
    arguments = parser.parse_args()
    asyncio.run(serve(Stub(arguments.milliseconds, arguments.object_size)))


if __name__ == "__main__":
    main()
