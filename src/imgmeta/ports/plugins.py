"""What the entry points of plug-ins are: functions that open an adapter by its URL.

A package registers a function under a URL scheme in one of the groups, in its pyproject.toml:

    [project.entry-points."imgmeta.stores"]
    mine = "mine_imgmeta:open_store"

imgmeta imports the function when a URL with that scheme is first used.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from imgmeta.ports.indexing import ImageRepository, Notifier, ObjectStore

__all__ = ["OpenNotifier", "OpenObjectStore", "OpenStore"]


class OpenStore(Protocol):
    """An entry point in the group `imgmeta.stores`: opens the index at a URL.

    The name of the entry point is the URL scheme. `sqlite` and `dynamodb` are imgmeta's own.
    """

    def __call__(self, url: str, /) -> AbstractContextManager[ImageRepository]:
        """Return the repository at a URL, as a context manager.

        The repository is used while the context is open, and by several threads at once. Opening a
        store that does not exist creates it or raises ConfigurationError. The function may be
        called several times with the same URL, also while a repository is open.

        Args:
            url: the whole URL as the user wrote it, such as `mine://host/index`. It may contain a
                password, so no message may contain it: see `imgmeta.core.text.redact_url`.

        Raises:
            ConfigurationError: the URL is invalid, or there is no index; the command exits with 2.
            TransientError: the store cannot respond now; the command exits with 1.
            PermanentError: the store will not respond until something is changed; as before.
        """
        ...


class OpenObjectStore(Protocol):
    """An entry point in the group `imgmeta.object_stores`: opens the objects of one bucket.

    The name of the entry point is the URL scheme. `s3` and `file` are imgmeta's own.
    """

    def __call__(self, bucket: str, /) -> AbstractContextManager[ObjectStore]:
        """Return the object store of a bucket, as a context manager.

        It is used while the context is open, by several threads at once, and for this bucket only.
        `ObjectLocation.bucket` and `PresentObject.location` have the bucket with its scheme.

        Args:
            bucket: the bucket with its scheme, such as `gs://holiday`. Its name may be empty, and
                contains only letters, digits and `._~:-`. For credentials, use the environment or
                the configuration of the library.

        Raises:
            ConfigurationError: there is no such bucket; the command exits with 2.
            TransientError: the object store cannot respond now; the command exits with 1.
            PermanentError: it will not respond until something is changed; as before.
        """
        ...


class OpenNotifier(Protocol):
    """An entry point in the group `imgmeta.notifiers`: opens the notifier of a URL.

    The name of the entry point is the URL scheme. `sns`, `https`, `http`, `smtp` and `smtps` are
    imgmeta's own.
    """

    def __call__(self, url: str, /) -> AbstractContextManager[Notifier]:
        """Return the notifier of a URL, as a context manager.

        It is opened for each notification, and once before, to check it; opening it sends nothing.

        Args:
            url: the whole URL as the user wrote it, such as `chat:room-7`. It contains no white
                space, and may contain secrets, so no message may contain it.

        Raises:
            ConfigurationError: the URL is invalid; the command exits with 2.
            TransientError: the service cannot respond now; the command exits with 1.
            PermanentError: it will not respond until something is changed; as before.
        """
        ...
