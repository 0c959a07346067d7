"""`imgmeta sync --notify URL` sends the summary, as NOTIFY_ON says."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from support.cli.command_line import Cli
from support.http.webhook_server import WebhookStub, webhook_server
from support.mail.mail_server import mail_server

PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "tower.jpg"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookStub]:
    monkeypatch.delenv("NOTIFY_ON", raising=False)
    with webhook_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "broken.jpg").write_bytes(b"no image")
    return folder


def test_failures_are_sent_with_their_reasons(cli: Cli, stub: WebhookStub, folder: Path) -> None:
    assert cli("sync", folder, "--notify", stub.url).code == 1

    (content,) = map(json.loads, stub.bodies)
    assert content["subject"] == "imgmeta: 0 processed, 1 failed"
    assert "broken.jpg: not an image" in content["text"]
    (failure,) = content["summary"]["Failures"]
    assert failure["Uri"] == (folder / "broken.jpg").resolve().as_uri()


def test_notify_on_selects_the_runs(
    cli: Cli, stub: WebhookStub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PHOTO, folder / "broken.jpg")
    assert cli("sync", folder, "--notify", stub.url).code == 0
    assert stub.bodies == []
    monkeypatch.setenv("NOTIFY_ON", "all")
    assert cli("sync", folder, "--notify", stub.url).code == 0
    assert len(stub.bodies) == 1
    assert cli("sync", folder, "--notify", stub.url, "--dry-run").code == 0
    assert len(stub.bodies) == 1


def test_environment_variable_names_the_recipients(
    cli: Cli, stub: WebhookStub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as mail:
        mail_url = f"smtp://127.0.0.1:{mail.port}/?from=a@example.com&to=b@example.com"
        monkeypatch.setenv("IMGMETA_NOTIFY", f"{stub.url} {mail_url}")
        assert cli("sync", folder).code == 1
    assert (len(stub.bodies), len(mail.messages)) == (1, 1)


def test_failure_to_notify_is_reported_after_the_sync(
    cli: Cli, stub: WebhookStub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PHOTO, folder / "broken.jpg")
    monkeypatch.setenv("NOTIFY_ON", "all")
    stub.statuses = [404]

    done = cli("sync", folder, "--notify", stub.url)

    assert done.code == 1
    assert "1 processed" in done.out
    assert done.err.endswith(
        f"imgmeta: cannot notify http://127.0.0.1:{stub.port}/***: HTTP 404 Not Found: "
        "check the URL\n"
    )


@pytest.mark.parametrize("url", ["mailto:s3cr3t@host", "https:", "http://example.com/s3cr3t"])
def test_invalid_recipient_is_reported_before_the_sync(
    cli: Cli, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = cli("sync", folder, "--notify", url)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("imgmeta: invalid notifier '")
    assert done.err.count("\n") == 1
    assert "s3cr3t" not in done.err
    assert not Path("imgmeta.db").exists()
    monkeypatch.setenv("IMGMETA_NOTIFY", url)
    assert cli("sync", folder).code == 2
    assert cli("read", PHOTO).code == 0
