"""Draw docs/datasette.png: the index of the example photos in Datasette, with its facets.

    python tools/draw_datasette.py DATASETTE CHROMIUM

DATASETTE and CHROMIUM are the commands of the two programs, such as `datasette` and `chromium`.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "docs" / "datasette.png"
COLUMNS = ("format", "file_size", "display_width", "display_height", "camera_model", "taken_at")
QUERY = "_facet=camera_model&_facet=format&_sort_desc=taken_at&_size=6&_nofacet_arrays=1" + "".join(
    f"&_col={name}" for name in COLUMNS
)
TIMEOUT = 30
"""Seconds until Datasette must respond."""


def free_port() -> int:
    """Return a port of this computer that is not in use."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port


def wait_for(url: str) -> None:
    """Wait until a server responds."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            urlopen(url).close()  # noqa: S310 - the server of this script
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def main() -> None:
    """Index the photos, and draw the page."""
    datasette, chromium = sys.argv[1:]
    imgmeta = Path(sys.executable).with_name("imgmeta")
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "imgmeta.db")
        command = [str(imgmeta), "sync", "examples/photos", "--store", str(index), "--quiet"]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("IMGMETA_")
        }
        subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        port = free_port()
        url = f"http://127.0.0.1:{port}/imgmeta/images"
        with subprocess.Popen(
            [datasette, str(index), "--host", "127.0.0.1", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                wait_for(url)
                options = ["--headless", "--no-sandbox", "--hide-scrollbars"]
                size = "--window-size=1000,890"
                drawing = f"--screenshot={DRAWING}"
                subprocess.run(
                    [chromium, *options, size, drawing, f"{url}?{QUERY}"],
                    check=True,
                    stderr=subprocess.DEVNULL,
                )
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
