"""The objects of a listing are the same as those that botocore parses."""

from typing import Any
from xml.sax.saxutils import escape

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")

from botocore import parsers
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.s3.listed_lines import parse_lines

# Without a session, which reads the configuration of whoever runs the tests.
S3 = ServiceModel(Loader().load_service_model("s3", "service-2"), "s3")
SHAPE: Any = S3.operation_model("ListObjectsV2").output_shape
PARSER = parsers.create_parser("rest-xml")


def parsed(body: bytes) -> dict[str, Any]:
    """Return what botocore makes of a response."""
    response: dict[str, Any] = PARSER.parse(
        {"body": body, "headers": {}, "status_code": 200}, SHAPE
    )
    del response["ResponseMetadata"]
    return response


def listing(*lines: str, namespace: str = "http://s3.amazonaws.com/doc/2006-03-01/") -> bytes:
    name = f' xmlns="{namespace}"' if namespace else ""
    contents = "".join(f"<Contents>{line}</Contents>" for line in lines)
    text = (
        f"<?xml version='1.0' encoding='UTF-8'?><ListBucketResult{name}><Name>b</Name>"
        f"<Prefix>\u00e9</Prefix><IsTruncated>true</IsTruncated>{contents}"
        "<NextContinuationToken>a&amp;b</NextContinuationToken></ListBucketResult>"
    )
    return text.encode()


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])).map(escape)
lines = st.builds(
    lambda key, size, etag, ending: (
        f"<Key>{key}</Key><LastModified>2026-11-23T06:30:01{ending}</LastModified>"
        f"<ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size><StorageClass>GLACIER</StorageClass>"
    ),
    texts,
    st.integers(0, 10**13),
    texts,
    st.sampled_from(["Z", ".000Z", ".999Z"]),
)


@given(lines=st.lists(lines, min_size=1, max_size=3), namespace=st.sampled_from(["", "urn:x"]))
def test_lines_are_those_that_botocore_parses(lines: list[str], namespace: str) -> None:
    body = listing(*lines, namespace=namespace)
    result = parse_lines(body)
    assert result is not None
    objects, rest = result
    assert parsed(rest) | {"Contents": objects} == parsed(body)


@pytest.mark.parametrize(
    "line",
    [
        "<Key>a</Key><Size>x</Size>",
        "<Key>a</Key><Size>-1</Size>",
        "<Key>a</Key><LastModified>yesterday</LastModified>",
        "<Key>a</Key><LastModified>2026-13-23T06:30:01Z</LastModified>",
        "<Key>a</Key><Key>b</Key>",
        "<Key>a<b/></Key>",
        "<Key>a</Key><Owner><ID>1</ID></Owner>",
        "<Key>a</Key><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>",
    ],
)
def test_unusual_lines_are_left_to_botocore(line: str) -> None:
    assert parse_lines(listing("<Key>0</Key>", line)) is None


@pytest.mark.parametrize("body", [b"", b"{}", b"<a>", b"\xff", listing()])
def test_other_responses_are_left_to_botocore(body: bytes) -> None:
    assert parse_lines(body) is None
