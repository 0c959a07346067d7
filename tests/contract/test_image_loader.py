"""The contract of `imgmeta.ports.ImageLoader`, in this process and in others."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from imgmeta.adapters.filesystem import LocalObjectStore, locate
from imgmeta.adapters.processes import ProcessPoolLoader
from imgmeta.bootstrap.loading import open_local_loader, property_reader
from imgmeta.core.objects import ObjectLocation
from imgmeta.ports import ImageLoader
from imgmeta.testing.contracts import ImageLoaderContract, ImageLoaderHarness


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolLoader]:
    # Another thread, as of a progress bar: the process must not be forked.
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    with ProcessPoolLoader(open_local_loader(), open_local_loader, 1, start_after=0) as pool:
        list(pool.load([ObjectLocation("file://", "nowhere.jpg")]))
        while not pool.ahead:
            time.sleep(0.01)
        yield pool
    ended.set()
    thread.join()


@pytest.fixture(params=["direct", "pool"])
def loader(request: pytest.FixtureRequest) -> ImageLoader:
    if request.param == "direct":
        return open_local_loader()
    pool: ImageLoader = request.getfixturevalue("pool")
    return pool


class TestImageLoader(ImageLoaderContract):
    @pytest.fixture
    def images(self, loader: ImageLoader, tmp_path: Path) -> ImageLoaderHarness:
        def put(name: str, content: bytes) -> ObjectLocation:
            (tmp_path / name).write_bytes(content)
            return locate(tmp_path / name)

        return ImageLoaderHarness(
            loader=loader,
            objects=LocalObjectStore(),
            reader=property_reader(),
            put=put,
            unavailable=ObjectLocation("not-a-local-bucket", "a.jpg"),
        )

    @pytest.fixture
    def image(self) -> bytes:
        encoded = io.BytesIO()
        Image.new("RGB", (3, 2)).save(encoded, "JPEG")
        return encoded.getvalue()
