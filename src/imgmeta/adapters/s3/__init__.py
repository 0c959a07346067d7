"""Amazon S3 and compatible services as an object store."""

from imgmeta.adapters.s3.content import S3Content
from imgmeta.adapters.s3.downloads import S3Downloads
from imgmeta.adapters.s3.store import S3ObjectStore

__all__ = ["S3Content", "S3Downloads", "S3ObjectStore"]
