"""Storage classes of S3 objects, and restored copies of archived ones."""

from datetime import UTC
from typing import TYPE_CHECKING

from imgmeta.core.objects import ARCHIVE_CLASSES, ListedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        ListObjectsV2OutputTypeDef,
        ListObjectsV2RequestTypeDef,
        ObjectTypeDef,
    )

__all__ = ["archive_of", "list_page", "listed_object", "storage_class"]

_STANDARD = "STANDARD"

_ARCHIVE_TIERS = frozenset({"ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})
"""Tiers of INTELLIGENT_TIERING whose objects must be restored before they can be read: Amazon S3
API Reference, HeadObject, `x-amz-archive-status`."""


def storage_class(
    described: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef | ObjectTypeDef",
) -> str | None:
    """Return an object's storage class, None for S3 Standard: GET and HEAD omit that one."""
    name = described.get("StorageClass")
    return None if name in {None, "", _STANDARD} else name


def archive_of(response: "HeadObjectOutputTypeDef") -> str | None:
    """Return the storage class or tier that prevents reading an object; None: it can be read."""
    if 'ongoing-request="false"' in response.get("Restore", ""):
        return None
    names = (response.get("ArchiveStatus"), storage_class(response))
    return next((name for name in names if name in ARCHIVE_CLASSES | _ARCHIVE_TIERS), None)


def list_page(
    client: "S3Client", request: "ListObjectsV2RequestTypeDef"
) -> "ListObjectsV2OutputTypeDef":
    """Return a page of a listing; for archived objects, with the state of their restored copies.

    S3 lists that state only on request. If the page has archived objects, it is requested again,
    and `request` is changed so that further pages have it at once. Other services get no parameter
    that they may not know.
    """
    page = client.list_objects_v2(**request)
    if "OptionalObjectAttributes" in request:
        return page
    if any(line.get("StorageClass") in ARCHIVE_CLASSES for line in page.get("Contents", ())):
        request["OptionalObjectAttributes"] = ["RestoreStatus"]
        return client.list_objects_v2(**request)
    return page


def listed_object(line: "ObjectTypeDef") -> ListedObject:
    """Return an object of a listing."""
    restore = line.get("RestoreStatus", {})
    return ListedObject(
        line["Key"],
        line["Size"],
        line["ETag"].strip('"'),
        line["LastModified"].astimezone(UTC),
        storage_class(line),
        restored="RestoreExpiryDate" in restore and not restore.get("IsRestoreInProgress"),
    )
