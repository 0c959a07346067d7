"""Garbage collection while a process starts."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["garbage_collection_paused"]


@contextmanager
def garbage_collection_paused() -> Generator[None]:
    """Pause garbage collection, and exclude the objects created meanwhile from it for good.

    None of the objects of modules is garbage. With the AWS service models, they are about two
    hundred thousand, and garbage collection takes a fifth of the function's cold start.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
