"""Query an index for photos with a GPS position, in chronological order.

Usage: python examples/query.py [STORE]     (after `imgmeta sync examples/photos`)
"""

import sys
from datetime import datetime

from imgmeta import Has, ImageRecord, ImgmetaError, Moment, Presence, Query, find
from imgmeta.bootstrap import open_repository
from imgmeta.config import DEFAULT_STORE, Store
from imgmeta.core.text import printable


def main(store: Store | str) -> None:
    """Print the date and GPS position of each photo."""
    with open_repository(store, must_exist=True) as repository:
        photos = list(find(repository, Query((Has(Presence.LOCATION),), Moment.TAKEN)))
    for photo in photos:
        # A file name may contain terminal escapes, so it is escaped before it is printed.
        name = printable(photo.object_key.rpartition("/")[2])
        print(f"{_taken(photo):%Y-%m-%d}  {photo.latitude:9.4f} {photo.longitude:9.4f}  {name}")


def _taken(photo: ImageRecord) -> datetime:
    return photo.taken_at or datetime.min  # noqa: DTZ901 - compared with local times


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else DEFAULT_STORE)
    except ImgmetaError as error:
        sys.exit(str(error))
