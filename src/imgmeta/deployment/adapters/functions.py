"""The functions of AWS Lambda."""

from base64 import b64decode
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.core.text import printable
from imgmeta.deployment.core.findings import Invocation

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

__all__ = ["LambdaFunctions"]

_MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes: AWS Lambda Developer Guide, "Lambda quotas"."""

_DIGEST_SIZE = 32


class LambdaFunctions:
    """The functions of one account and region."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def invoke(self, function: str, event: str) -> Invocation:
        """Invoke the function once: see `Functions.invoke`."""
        with translate_errors(f"cannot invoke the function {printable(function)}"):
            try:
                response = self._client.invoke(
                    FunctionName=function, InvocationType="RequestResponse", Payload=event
                )
            except self._client.exceptions.TooManyRequestsException:
                return Invocation(throttled=True)
            payload = response["Payload"].read(_MAX_PAYLOAD).decode("utf-8", "replace")
        return Invocation(payload, failed="FunctionError" in response)

    def event_source_state(self, mapping_id: str) -> str | None:
        """Return the state of an event source mapping: see `Functions.event_source_state`."""
        with translate_errors("cannot read the event source mapping"):
            try:
                return self._client.get_event_source_mapping(UUID=mapping_id).get("State", "")
            except self._client.exceptions.ResourceNotFoundException:
                return None

    def package_digest(self, function: str) -> bytes | None:
        """Return the SHA-256 of the function's package: see `Functions.package_digest`."""
        with translate_errors(f"cannot read the function {printable(function)}"):
            try:
                # CloudFormation needs the same permission, with the same credentials.
                response = self._client.get_function(FunctionName=function)
            except self._client.exceptions.ResourceNotFoundException:
                return None
        try:
            text = response.get("Configuration", {}).get("CodeSha256", "")
            digest = b64decode(text, validate=True)
        except ValueError:  # not ASCII, or not Base64
            return None
        return digest if len(digest) == _DIGEST_SIZE else None
