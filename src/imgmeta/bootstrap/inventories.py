"""Reports of S3 Inventory as listings."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.bootstrap.targets import parse_target
from imgmeta.config import Settings
from imgmeta.core.inventory import MAX_MANIFEST, InventoryManifest, check_source, parse_manifest
from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["Inventory", "open_inventory"]


@dataclass(frozen=True, slots=True)
class Inventory:
    """An inventory of one bucket.

    Attributes:
        manifest: its manifest.
        description: identifies the manifest: its URI and the MD5 digest of its content.
    """

    manifest: InventoryManifest
    description: str
    _list: Callable[[Callable[[str], bool]], Iterator[Listing]]
    _on_row: Callable[[], object]

    def check(self, target: Target) -> None:
        """Check that the inventory is of the bucket of a target.

        Raises:
            ConfigurationError: it is of another bucket.
        """
        check_source(self.manifest, target.bucket)

    def list(
        self,
        target: Target,
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects of a target, in the order of their keys' UTF-8 bytes.

        Args:
            target: a key or a prefix in the bucket of the inventory.
            after: continue after this key, whether or not it exists.
            wanted: whether to include the object at a key; None: include all.

        Raises:
            ConfigurationError: the inventory is of another bucket or lacks a column, or a library
                is not installed.
            AdapterError: the inventory cannot be read or sorted.
        """
        self.check(target)

        def is_included(key: str) -> bool:
            self._on_row()
            is_in_target = key == target.prefix if target.exact else key.startswith(target.prefix)
            is_after = after is None or key > after
            return is_in_target and is_after and (wanted is None or wanted(key))

        return self._list(is_included)


def open_inventory(
    settings: Settings,
    aws: AWSConnection,
    uri: str,
    *,
    on_row: Callable[[], object] = lambda: None,
) -> Inventory:
    """Return the inventory whose `manifest.json` is at a URI, after reading the manifest.

    Args:
        settings: who pays for requests.
        aws: the AWS clients.
        uri: the URI of the manifest: `s3://bucket/prefix/manifest.json`.
        on_row: is called for each row that is read, since all are read before the first object.

    Raises:
        ConfigurationError: the URI is invalid, or the object there is not a supported manifest.
        AdapterError: S3 cannot be read.
    """
    if not uri.lower().startswith("s3://") or not uri.endswith(".json"):
        msg = f"invalid inventory '{printable(uri)}': use s3://bucket/prefix/manifest.json"
        raise ConfigurationError(msg)
    target = parse_target(uri)
    client = aws.clients.s3
    from imgmeta.adapters.inventory import list_inventory
    from imgmeta.adapters.s3 import S3Downloads

    downloads = S3Downloads(client, sleep=time.sleep, requester_pays=settings.requester_pays)
    location = target.location
    body = downloads.read(location, MAX_MANIFEST)
    manifest = parse_manifest(body, location)
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()

    def list_objects(is_included: Callable[[str], bool]) -> Iterator[Listing]:
        return list_inventory(
            manifest, lambda file: downloads.pieces(file.location), wanted=is_included
        )

    return Inventory(manifest, f"{location} {digest}", list_objects, on_row)
