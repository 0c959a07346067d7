"""Tests of downloads of whole objects."""

import io
from typing import TYPE_CHECKING, Any

import pytest

from imgmeta import ConfigurationError, ObjectLocation, PermanentError, TransientError
from support.aws.moto import HAS_AWS, respond_with_error, s3_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from urllib3.exceptions import ProtocolError

from imgmeta.adapters.s3 import S3Downloads
from imgmeta.errors import ObjectChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client

REPORT = ObjectLocation("reports", "inv/a.csv.gz")
CONTENT = bytes(range(256)) * 4_000


class CutBody(io.BytesIO):
    """A response whose connection is lost after some bytes."""

    def __init__(self, content: bytes, length: int, *, raises: bool) -> None:
        super().__init__(content[:length])
        self._raises = raises

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece and self._raises:
            raise ProtocolError("lost")
        return piece


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="reports")
        client.put_object(Bucket="reports", Key=REPORT.key, Body=CONTENT)
        yield client


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def downloads(client: "S3Client", pauses: list[float]) -> S3Downloads:
    return S3Downloads(client, sleep=pauses.append)


def cut_responses(
    client: "S3Client",
    lengths: list[int],
    *,
    raises: bool = True,
    on_cut: "Callable[[], object]" = int,
) -> None:
    """Cut the bodies of the next responses to these lengths."""

    def cut(parsed: dict[str, Any], **_: object) -> None:
        if lengths:
            parsed["Body"] = CutBody(parsed["Body"].read(), lengths.pop(0), raises=raises)
            on_cut()

    client.meta.events.register("after-call.s3.GetObject", cut)


def test_object_is_downloaded_in_pieces(downloads: S3Downloads) -> None:
    pieces = list(downloads.pieces(REPORT))
    assert b"".join(pieces) == CONTENT
    assert len(pieces) > 1


@pytest.mark.parametrize("raises", [True, False])
def test_download_continues_after_a_lost_connection(
    client: "S3Client", downloads: S3Downloads, pauses: list[float], *, raises: bool
) -> None:
    cut_responses(client, [0, 300_000, 1, 0, 0, 5], raises=raises)
    assert b"".join(downloads.pieces(REPORT)) == CONTENT
    assert pauses == [0.5, 0.5, 0.5, 1.0, 2.0, 0.5]


def test_download_without_progress_ends(
    client: "S3Client", downloads: S3Downloads, pauses: list[float]
) -> None:
    cut_responses(client, [0] * 10)
    with pytest.raises(TransientError, match=r"cannot read s3://reports/inv/a.csv.gz: "):
        list(downloads.pieces(REPORT))
    assert pauses == [0.5, 1.0, 2.0]


def test_replaced_object_is_not_continued(client: "S3Client", downloads: S3Downloads) -> None:
    cut_responses(
        client,
        [300_000],
        on_cut=lambda: client.put_object(Bucket="reports", Key=REPORT.key, Body=b"new"),
    )
    with pytest.raises(ObjectChangedError, match="changed while it was read"):
        list(downloads.pieces(REPORT))


def test_missing_object_is_reported(downloads: S3Downloads) -> None:
    with pytest.raises(ConfigurationError) as caught:
        downloads.read(ObjectLocation("reports", "gone.json"), 10)
    assert str(caught.value) == (
        "s3://reports/gone.json does not exist: check the bucket and the key"
    )


def test_missing_bucket_is_reported(downloads: S3Downloads) -> None:
    with pytest.raises(PermanentError, match="there is no such bucket"):
        downloads.read(ObjectLocation("gone", "a.json"), 10)


@pytest.mark.parametrize(
    "message",
    ["Access Denied", "User: me is not authorized to perform: kms:Decrypt on resource: key"],
)
def test_denied_access_is_reported(
    client: "S3Client", downloads: S3Downloads, message: str
) -> None:
    respond_with_error(client, "s3.GetObject", "AccessDenied", 403, message)
    with pytest.raises(PermanentError, match=r"access denied: (allow s3:GetObject|User: me)"):
        list(downloads.pieces(REPORT))


def test_small_object_is_read_whole(downloads: S3Downloads) -> None:
    assert downloads.read(REPORT, len(CONTENT)) == CONTENT


def test_too_large_object_is_refused(downloads: S3Downloads) -> None:
    with pytest.raises(ConfigurationError, match="is larger than 1,000 bytes"):
        downloads.read(REPORT, 1_000)


def test_empty_object_has_no_pieces(client: "S3Client", downloads: S3Downloads) -> None:
    client.put_object(Bucket="reports", Key="empty", Body=b"")
    assert list(downloads.pieces(ObjectLocation("reports", "empty"))) == []
