import pytest

from imgmeta.entrypoints.cli import runner
from imgmeta.entrypoints.cli.remedies import REMEDIES, error_message
from imgmeta.errors import ConfigurationError, ImgmetaError, PermanentError, Remedy


@pytest.mark.parametrize("remedy", Remedy)
def test_every_remedy_is_appended_to_its_error(remedy: Remedy) -> None:
    error = ImgmetaError("no index at x", remedy=remedy)

    assert error_message(error) == f"no index at x: {REMEDIES[remedy]}"


def test_error_without_a_remedy_is_its_message() -> None:
    assert error_message(ImgmetaError("no index at x: create it")) == "no index at x: create it"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("no index at x", remedy=Remedy.STORE), 2),
        (PermanentError("no index at x", remedy=Remedy.STORE), 1),
    ],
)
def test_printed_error_names_the_option(
    error: ImgmetaError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_command: str | None) -> None:
        raise error

    monkeypatch.setattr(runner, "create_app", fail)

    assert runner.run(["stats"]) == code
    assert capsys.readouterr() == ("", "imgmeta: no index at x: pass another --store\n")
