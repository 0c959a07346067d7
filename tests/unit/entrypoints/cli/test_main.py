import sys

import pytest

from imgmeta.entrypoints import cli


def _exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["imgmeta", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return left.value.code


def test_the_process_ends_with_the_commands_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _exit_code(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("imgmeta ")


@pytest.mark.parametrize(
    ("module", "library"), [("typer", "typer"), ("rich", "rich"), ("rich.text", "rich")]
)
def test_a_library_that_is_not_installed_is_named_with_the_command_that_installs_it(
    module: str, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_arguments: object) -> int:
        raise ModuleNotFoundError(name=module)

    monkeypatch.setattr("imgmeta.entrypoints.cli.runner.run", run)
    assert _exit_code(monkeypatch) == 2
    said = capsys.readouterr().err
    assert said == f"imgmeta: the command line needs {library}: pip install 'imgmeta[cli]'\n"


def test_a_missing_module_of_another_kind_is_not_explained_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(_arguments: object) -> int:
        raise ModuleNotFoundError(name="imgmeta.core.lost")

    monkeypatch.setattr("imgmeta.entrypoints.cli.runner.run", run)
    monkeypatch.setattr(sys, "argv", ["imgmeta"])
    with pytest.raises(ModuleNotFoundError):
        cli.main()


def test_an_interruption_outside_of_a_sync_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("imgmeta.entrypoints.cli.runner.run", run)
    assert _exit_code(monkeypatch) == 130
    assert capsys.readouterr() == ("", "")
