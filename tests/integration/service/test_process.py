"""The example service in a process of its own, started with the command of its page."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

pytest.importorskip("fastapi", reason="needs the dependency group examples")

import httpx

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.testing.strategies.record_examples import image_record

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("default_signals")]

SERVICE = Path(__file__).parents[3] / "examples" / "service"
PAGE = (SERVICE / "README.md").read_text("utf-8")
TIMEOUT = 300
RECORDS = 5_000


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the service on a free port of an index of many images in the working directory."""
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
        for number in range(RECORDS):
            record = image_record(f"{number}.jpg", latitude=1.0, longitude=2.0)
            repository.put(record, IfRevision(None))
    (command,) = re.findall(r"^(uvicorn .*)$", PAGE, re.MULTILINE)
    arguments = [*shlex.split(command), "--port", "0", "--app-dir", str(SERVICE)]
    with subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as started:
        timer = Timer(TIMEOUT, started.kill)
        timer.start()
        yield started
        timer.cancel()
        started.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
            return found[1]
    pytest.fail("the service did not start")


def test_service_answers_until_it_is_stopped(process: subprocess.Popen[str]) -> None:
    with httpx.Client(base_url=address_of(process), timeout=TIMEOUT) as client:
        assert client.get("/health").json() == {"status": "ok"}
        page = client.get("/images", params={"limit": 2, "sort": "-key"}).json()
        assert len(page["images"]) == 2
        with client.stream("GET", "/map.geojson") as response:
            assert next(response.iter_raw()).startswith(b'{"type":"FeatureCollection"')
        # The client has disconnected before the end.
        assert len(client.get("/map.geojson").json()["features"]) == RECORDS
        assert client.get("/openapi.json").status_code == 200
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    assert process.wait(TIMEOUT) in {0, -signal.SIGINT}
