"""The code blocks of the pages that need no AWS run in order, and print what the pages show."""

import os
import shutil
import signal
import socket
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from support.documents.code_blocks import code_blocks
from support.documents.pages import PageRunner, is_installation, is_of_a_stack

ROOT = Path(__file__).parents[2]
PAGES = ["tutorial.md", "data-model.md", "headers.md", "how-to/privacy.md", "how-to/upgrading.md"]

READY = """until python -c 'import urllib.request as r; r.urlopen("http://127.0.0.1:{}/health")' \\
  2> /dev/null; do sleep 0.1; done"""
"""Waits until the service responds, on a busy machine too."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the examples, as in a clone of the repository."""
    no_bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=no_bytecode)
    return tmp_path


def page_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_blocks_of_the_page_run_and_print_what_it_shows(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = PageRunner(
        folder, monkeypatch, is_skipped=lambda each: is_installation(each) or is_of_a_stack(each)
    )
    runner.run(page_of(name))


@pytest.mark.skipif(find_spec("fastapi") is None, reason="needs the group examples")
class TestServicePage:
    @pytest.mark.slow
    def test_service_of_the_page_responds_with_what_it_shows(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as server:
            port = server.getsockname()[1]
        page = page_of("how-to/fastapi.md").replace("8000", str(port))
        monkeypatch.setenv("PYTHONPATH", str(ROOT / "examples/service"))
        runner = PageRunner(folder, monkeypatch, is_skipped=is_installation)
        try:
            runner.run(page.replace("sleep 3", READY.format(port)))
        finally:
            with suppress(KeyError, ProcessLookupError):  # not started, or stopped by the page
                os.kill(int(os.environ["SERVICE"]), signal.SIGTERM)

    def test_core_of_the_page_responds_to_queries(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from support.http.asgi_client import running  # noqa: PLC0415 - needs the group examples

        runner = PageRunner(folder, monkeypatch)
        runner.run("```sh\nimgmeta sync examples/photos\n```\n")
        [core] = [
            each for each in code_blocks(page_of("how-to/fastapi.md")) if "FastAPI(" in each.text
        ]
        service: dict[str, Any] = {}
        exec(compile(core.text, "fastapi.md", "exec"), service)  # noqa: S102 - the page's code
        with running(service["app"]) as client:
            assert len(client.get("/images", camera="fernglas").text.splitlines()) == 3
            refused = client.get("/images", near="somewhere")
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith("near ")


@pytest.mark.slow
def test_blocks_of_the_page_on_other_programs_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = os.environ.get("IMGMETA_TEST_CONSUMERS")
    if not python:
        pytest.skip("IMGMETA_TEST_CONSUMERS does not name a Python with the group `consumers`")
    pytest.importorskip("pyarrow", reason="needs the extra parquet")
    runner = PageRunner(folder, monkeypatch, is_skipped=is_installation, python=python)
    # After the folder of imgmeta, which has a Python as well.
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{Path(python).parent}")
    runner.run(page_of("how-to/datasette-duckdb.md"))
