"""AWS in this process, by moto: clients as imgmeta makes them, and answers that go wrong."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from imgmeta.adapters.aws import Clients

__all__ = ["HAS_AWS", "answer_with", "aws_in_memory", "s3_in_memory"]

HAS_AWS = find_spec("moto") is not None
"""Whether the extra `aws` and its double are installed; what needs them is left out where not."""

REGION = "us-east-1"


@contextmanager
def aws_in_memory(patch: pytest.MonkeyPatch) -> "Generator[Clients]":
    """Replace AWS, for this process, by an empty account in memory.

    Requests are tried once, so that what is refused is refused at once.
    """
    from moto import mock_aws  # noqa: PLC0415 - slow to import, and not always there

    from imgmeta.adapters.aws import Clients, clients  # noqa: PLC0415 - as above

    patch.setattr(clients, "_ATTEMPTS", 1)
    with mock_aws():
        yield Clients(region=REGION)


@contextmanager
def s3_in_memory(patch: pytest.MonkeyPatch) -> "Generator[S3Client]":
    """Replace AWS as `aws_in_memory` does, and give the client of S3."""
    with aws_in_memory(patch) as made:
        yield made.s3


def answer_with(
    client: Any,  # noqa: ANN401 - of any service
    service: str,
    code: str,
    status: int,
    *,
    when: Callable[[str], bool] = lambda _: True,
) -> None:
    """Have AWS answer each request of this client with an error.

    Args:
        client: of botocore.
        service: its name in botocore's events, such as `s3` or `s3.GetObject`.
        code: the error's.
        status: the answer's, of HTTP.
        when: whether to answer so, by the request's URL.
    """
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - as above

    def refuse(request: Any, **_: object) -> AWSResponse | None:  # noqa: ANN401 - botocore's own
        if not when(request.url):
            return None
        xml = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        body = xml if service.startswith("s3") else f'{{"__type": "{code}", "message": "no"}}'
        answer = AWSResponse(request.url, status, {}, None)
        answer._content = body.encode()  # noqa: SLF001 - what it reads of the connection
        return answer

    client.meta.events.register_first(f"before-send.{service}", refuse)
