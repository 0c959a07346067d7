"""Every command with the store of a plug-in, and the errors of broken plug-ins."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from support.cli.command_line import Cli
from support.plugins.distributions import Install

PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "tower.jpg"
URL = "mine://ann:secret@host/index"
STORE = ("--store", URL)
MEMORY = """
from contextlib import contextmanager
from imgmeta.adapters.memory import InMemoryImageRepository

repositories = {}

@contextmanager
def open_url(url):
    yield repositories.setdefault(url, InMemoryImageRepository())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(PHOTO, folder / "tower.jpg")
    return folder


def test_commands_use_the_store_of_a_plugin(cli: Cli, install: Install, folder: Path) -> None:
    install(MEMORY)

    assert cli("sync", folder, "--dry-run", *STORE).code == 0
    assert cli("sync", folder, *STORE).code == 0
    assert [each["Format"] for each in cli("list", "--json", *STORE).json] == ["JPEG"]
    assert cli("list", "--camera", "nothing", "--sort", "-size", *STORE).lines == []
    assert cli("count", *STORE).lines == ["1"]
    assert "JPEG" in cli("stats", *STORE).out
    assert cli("show", folder / "tower.jpg", *STORE).code == 0
    assert cli("verify", folder, *STORE).code == 0
    assert cli("reprocess", folder, *STORE).code == 0
    assert not Path("imgmeta.db").exists()


def test_report_about_the_store_of_a_plugin_shows_no_password(
    cli: Cli, install: Install, folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("vl_convert", reason="needs the extra report")
    install(MEMORY)
    cli("sync", folder, *STORE)
    assert cli("report", "-o", tmp_path / "report.html", *STORE).code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<bdi>mine://***@host/index</bdi>" in page
    assert "secret" not in page


def test_environment_variable_names_the_store_of_a_plugin(
    cli: Cli, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(MEMORY)
    monkeypatch.setenv("IMGMETA_STORE", URL)
    assert cli("count").lines == ["0"]


def test_command_that_needs_a_table_says_so(cli: Cli, install: Install) -> None:
    install(MEMORY)
    done = cli("migrate", *STORE)
    assert (done.code, done.out) == (2, "")
    assert "only a DynamoDB table can be migrated" in done.err


def test_unknown_scheme_lists_the_known_ones(cli: Cli, install: Install) -> None:
    install(MEMORY, scheme="other")
    install(entry_points="[imgmeta.stores]\nmine", package="mine-store")
    done = cli("list", *STORE)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "imgmeta: invalid store 'mine://***@host/index': no installed package provides mine:// "
        "stores (reinstall mine-store: its entry points are unreadable); use sqlite:///imgmeta.db "
        "or dynamodb://table, or a path such as imgmeta.db, or other://\n"
    )


@pytest.mark.parametrize("scheme", ["sqlite", "dynamodb"])
def test_own_stores_cannot_be_replaced(
    cli: Cli, install: Install, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("raise RuntimeError", scheme=scheme)
    # Not even the list of plug-ins is read.
    monkeypatch.setattr("imgmeta.adapters.plugins.installed_plugins", None)
    assert cli("sync", ".", "--store", "sqlite:///own.db").code == 0
    assert "invalid store" in cli("count", "--store", "dynamodb://x").err


def test_two_packages_with_one_scheme_are_reported(cli: Cli, install: Install) -> None:
    install(MEMORY)
    install(MEMORY, package="other-imgmeta")
    done = cli("count", *STORE)
    assert (done.code, done.out) == (2, "")
    assert "mine-imgmeta 1.0 and other-imgmeta 1.0: uninstall all but one" in done.err


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import no_such_module", 2),
        ("def open_url(url): return 3", 2),
        ("def open_url(url): raise OSError(url)", 2),
        (MEMORY + "    repositories[url].find = lambda query, **_: 1 / 0", 0),
        (
            MEMORY.replace("yield ", "yield Broken() or ")
            + "class Broken(InMemoryImageRepository):\n    def scan(self, **_): 1 / 0\n",
            1,
        ),
    ],
)
def test_broken_plugin_is_one_sentence(cli: Cli, install: Install, source: str, code: int) -> None:
    install(source)
    done = cli("list", *STORE)
    assert (done.code, done.out) == (code, "")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert "secret" not in done.err
    if code:
        assert "the plug-in mine: of the package mine-imgmeta 1.0" in done.err


def test_error_of_the_plugin_itself_is_shown_as_it_is(cli: Cli, install: Install) -> None:
    install(
        "from imgmeta import TransientError\ndef open_url(url): raise TransientError('no host')"
    )
    done = cli("count", *STORE)
    assert (done.code, done.err) == (1, "imgmeta: no host\n")
