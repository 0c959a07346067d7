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
from imgmeta.adapters.aws.handlers import add_handler

__all__ = [
    "Clients",
    "adapter_error",
    "add_handler",
    "error_code",
    "error_message",
    "is_foreign",
    "names_action",
    "translate_errors",
]
