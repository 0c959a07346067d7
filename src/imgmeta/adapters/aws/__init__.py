"""Clients of AWS services, and the translation of their errors."""

from imgmeta.adapters.aws.clients import Clients
from imgmeta.adapters.aws.failures import (
    adapter_error,
    error_code,
    error_message,
    is_foreign,
    names_action,
    translate_errors,
)

__all__ = [
    "Clients",
    "adapter_error",
    "error_code",
    "error_message",
    "is_foreign",
    "names_action",
    "translate_errors",
]
