"""Measure the bytes and requests that imgmeta needs to index an image in a bucket.

    python benchmarks/fetched.py PHOTOS

Uploads a folder of photos to an emulated bucket (moto, one of the test requirements), indexes it,
and prints the median and the maximum of the bytes and of the ranged GET requests for an image.
"""

import argparse
import os
import statistics
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from moto import mock_aws

from imgmeta import GpsPolicy, ItemOutcome, Outcome, Rules, Target, suffix_filter
from imgmeta.adapters.aws import Clients
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.formats import HeaderPropertyReader
from imgmeta.service import Indexer

BUCKET = "photos"


def measure(folder: Path) -> tuple[list[ItemOutcome], Counter[str]]:
    """Index a folder's files in a bucket; return their outcomes and the number of GETs by key."""
    client = Clients(region="us-east-1").s3
    client.create_bucket(Bucket=BUCKET)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            key = path.relative_to(folder).as_posix()
            client.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
    gets: Counter[str] = Counter()
    client.meta.events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: gets.update([params["Key"]])
    )
    indexer = Indexer(
        repository=InMemoryImageRepository(),
        objects=S3ObjectStore(client),
        reader=HeaderPropertyReader(fallback=PillowPropertyReader()),
        rules=Rules(suffix_filter(IMAGE_SUFFIXES), GpsPolicy.KEEP),
        clock=lambda: datetime.now(UTC),
        new_revision=iter(map(str, range(10**9))).__next__,
    )
    return list(indexer.sync(Target(BUCKET))), gets


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description="Measure the bytes fetched for each image.")
    parser.add_argument("photos", type=Path, help="a folder of photos")
    arguments = parser.parse_args()
    os.environ.update(dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test"))
    with mock_aws():
        items, gets = measure(arguments.photos)
    images = [item for item in items if item.outcome is Outcome.PROCESSED]
    fetched = [item.bytes_read for item in images]
    sizes = [item.record.file_size or 0 for item in images if item.record]
    requests = [gets[item.location.key] for item in images]
    print(f"{len(images)} of {len(items)} are images, {statistics.median(sizes):,.0f} bytes each")
    print(f"fetched:  {statistics.median(fetched):9,.0f} bytes, at most {max(fetched):,}")
    print(f"requests: {statistics.median(requests):9,.0f},       at most {max(requests):,}")


if __name__ == "__main__":
    main()
