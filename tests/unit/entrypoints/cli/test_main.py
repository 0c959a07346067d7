import sys

import pytest

from imgmeta.entrypoints import cli

pytestmark = pytest.mark.usefixtures("default_signals")  # restores the handler that `main` installs


def _exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["imgmeta", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code


def test_process_exits_with_the_code_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _exit_code(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("imgmeta ")


@pytest.mark.parametrize(
    ("module", "library"), [("typer", "typer"), ("rich", "rich"), ("rich.text", "rich")]
)
def test_missing_library_is_reported_with_its_pip_command(
    module: str, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_arguments: object) -> int:
        raise ModuleNotFoundError(name=module)

    monkeypatch.setattr("imgmeta.entrypoints.cli.runner.run", run)
    assert _exit_code(monkeypatch) == 2
    err = capsys.readouterr().err
    assert err == f"imgmeta: the command line needs {library}: pip install 'imgmeta[cli]'\n"


def test_missing_module_of_imgmeta_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(_arguments: object) -> int:
        raise ModuleNotFoundError(name="imgmeta.core.lost")

    monkeypatch.setattr("imgmeta.entrypoints.cli.runner.run", run)
    monkeypatch.setattr(sys, "argv", ["imgmeta"])
    with pytest.raises(ModuleNotFoundError):
        cli.main()


@pytest.mark.parametrize("wrapped", [False, True])
def test_keyboard_interrupt_exits_without_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, wrapped: bool
) -> None:
    def run(_arguments: object) -> int:
        if wrapped:
            raise RuntimeError from KeyboardInterrupt()
        raise KeyboardInterrupt

    monkeypatch.setattr("imgmeta.entrypoints.cli.runner.run", run)
    assert _exit_code(monkeypatch) == 130
    assert capsys.readouterr() == ("", "")
