"""Handlers of the events of botocore's clients."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.client import BaseClient

__all__ = ["add_handler"]


def add_handler(
    client: "BaseClient", event: str, handler: Callable[..., object], *, first: bool = False
) -> None:
    """Have a client call a handler for an event.

    A client has at most one handler of imgmeta for an event: adding it again has no effect.

    Args:
        client: the client.
        event: the event's name, such as `before-parse.s3.ListObjectsV2`.
        handler: takes the keyword arguments of the event.
        first: call it before all other handlers.
    """
    events: Any = client.meta.events  # the botocore stubs do not know the handlers' parameters
    register = events.register_first if first else events.register
    register(event, handler, unique_id=f"imgmeta-{event}")
