"""Faults of a request, and the error responses of AWS services."""

import json
from enum import StrEnum
from typing import NamedTuple

__all__ = ["Fault", "Operation", "error_response"]


class Fault(StrEnum):
    """A fault of one request to AWS, between the client and the server."""

    THROTTLED = "throttled"
    """The service's own response to too many requests."""
    STATUS_500 = "status 500"
    """The service's response to an internal error; the request is not executed."""
    STATUS_503 = "status 503"
    """The service is unavailable; the request is not executed."""
    RESET = "reset before the request"
    """The connection is reset; the request is not executed."""
    LOST = "response lost"
    """The request is executed; the connection is reset before the response."""
    CUT_HEADERS = "headers cut"
    """The request is executed; the connection ends in the middle of the response's headers."""
    CUT_BODY = "body cut"
    """The request is executed; the connection ends in the middle of the response's body."""
    SLOW_RESPONSE = "response too late"
    """The request is executed; the response comes after the client's timeout."""
    SLOW_REQUEST = "request too late"
    """The request is executed after the client's timeout, possibly after its repetition."""
    KILLED_BEFORE = "killed before the request"
    """The client's process is killed (SIGKILL); the request is not executed."""
    KILLED_AFTER = "killed after the request"
    """The client's process is killed (SIGKILL) when the request has been executed."""

    @property
    def kills(self) -> bool:
        """Whether the client's process is killed."""
        return self in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER}

    @property
    def status(self) -> int | None:
        """The status of the error response that replaces the request; None: there is none."""
        return {Fault.THROTTLED: 400, Fault.STATUS_500: 500, Fault.STATUS_503: 503}.get(self)


class Operation(NamedTuple):
    """An operation of a service, such as `dynamodb` and `PutItem`."""

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


_THROTTLING = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "s3": "SlowDown",
    "sns": "Throttling",
    "sqs": "RequestThrottled",
    "cloudformation": "Throttling",
}
"""Amazon DynamoDB Developer Guide, "Error handling"; S3 API Reference, "Error responses"; SNS,
SQS and CloudFormation API Reference, "Common errors"."""
_INTERNAL = {"dynamodb": "InternalServerError", "s3": "InternalError"}
_JSON = {"dynamodb": "com.amazonaws.dynamodb.v20120810", "sqs": "com.amazonaws.sqs"}
"""Services that respond with JSON, and the namespaces of their errors."""


def error_response(fault: Fault, operation: Operation, method: str) -> bytes:
    """Return the HTTP response of a service that did not execute a request."""
    service = operation.service
    if fault is Fault.THROTTLED:
        code, status = _THROTTLING.get(service, "Throttling"), 503 if service == "s3" else 400
    elif fault is Fault.STATUS_500:
        code, status = _INTERNAL.get(service, "InternalFailure"), 500
    else:
        code, status = "ServiceUnavailable", 503
    if service in _JSON:
        kind = "application/x-amz-json-1.0"
        body = json.dumps({"__type": f"{_JSON[service]}#{code}", "message": "injected"})
    else:
        kind = "application/xml"
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
        if service != "s3":
            body = f"<ErrorResponse>{body}<RequestId>injected</RequestId></ErrorResponse>"
    content = b"" if method == "HEAD" else body.encode()
    head = (
        f"HTTP/1.1 {status} Error\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
        "x-amz-request-id: injected\r\nx-amzn-RequestId: injected\r\n\r\n"
    )
    return head.encode() + content
