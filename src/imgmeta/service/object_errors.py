"""Separates failures of one object from failures of the index.

Both are `AdapterError`s. A failure of an object is the outcome of its hint; a failure of the index
affects every hint, and ends the run.
"""

from collections.abc import Generator
from contextlib import contextmanager

from imgmeta.errors import AdapterError, ObjectChangedError

__all__ = ["ObjectError", "object_errors"]


class ObjectError(Exception):
    """A failure of the object store for one object.

    Attributes:
        error: the failure.
    """

    def __init__(self, error: AdapterError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def object_errors() -> Generator[None]:
    """Raise failures of the object store as ObjectError, around calls that read one object.

    ObjectChangedError is passed on, since it means that the object must be observed again.
    """
    try:
        yield
    except ObjectChangedError:
        raise
    except AdapterError as error:
        raise ObjectError(error) from error
