from pathlib import Path

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.entrypoints.cli.completion.values import complete_values, print_values
from imgmeta.testing.strategies.record_examples import image_record


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an index with cameras, in the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("IMGMETA_STORE", "METADATA_TABLE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "imgmeta.db"
    with SQLiteImageRepository(path) as repository:
        for model in ("Canon EOS 5D", "Canon EOS R", "CASIO X", "evil\n$(id)", "a b"):
            record = image_record(f"{model}.jpg", camera_model=model, lens_model="50mm")
            repository.put(record, IfRevision(None))
    return path


def _complete(line: str, shell: str = "zsh", **environment: str) -> list[str]:
    return [*complete_values(shell, "camera", line, environment)]


@pytest.mark.usefixtures("index")
def test_values_start_like_the_word_at_the_cursor() -> None:
    assert _complete("imgmeta list --camera ") == ["CASIO X", "Canon EOS 5D", "Canon EOS R", "a b"]
    assert _complete("imgmeta list --camera Can") == ["Canon EOS 5D", "Canon EOS R"]
    assert _complete("imgmeta list --camera=Canon\\ EOS\\ 5") == ["Canon EOS 5D"]
    assert _complete("imgmeta list --camera x") == []


@pytest.mark.usefixtures("index")
def test_case_is_ignored_if_no_typed_character_gets_lost() -> None:
    assert _complete("imgmeta list --camera canon") == ["Canon EOS 5D", "Canon EOS R"]
    assert _complete("imgmeta list --camera ca") == []
    assert _complete("imgmeta list --camera cas") == ["CASIO X"]


@pytest.mark.usefixtures("index")
def test_values_are_quoted_for_bash() -> None:
    assert _complete("imgmeta list --camera Canon", "bash") == [r"Canon\ EOS\ 5D", r"Canon\ EOS\ R"]
    assert _complete("imgmeta list --camera 'Canon", "bash") == ["Canon EOS 5D", "Canon EOS R"]


def test_store_is_that_of_the_option_the_variable_or_the_default(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = index.rename(index.parent / "my index.db")
    monkeypatch.setenv("HOME", str(index.parent))
    assert "a b" in _complete("imgmeta list --store 'my index.db' --camera ")
    assert "a b" in _complete("imgmeta list --store=~/my\\ index.db --camera ")
    assert "a b" in _complete("imgmeta list --camera ", IMGMETA_STORE=f"sqlite:///{other}")
    assert "a b" in _complete("imgmeta list --store './my index.db' --camera ", METADATA_TABLE="t")


@pytest.mark.usefixtures("index")
def test_table_is_never_asked() -> None:
    assert _complete("imgmeta list --store dynamodb://images --camera ") == []
    assert _complete("imgmeta list --stack-name photos --camera ") == []
    assert _complete("imgmeta list --camera ", METADATA_TABLE="images") == []


@pytest.mark.usefixtures("index")
def test_lenses_are_completed(capsys: pytest.CaptureFixture[str]) -> None:
    print_values(["fish", "lens", "imgmeta list --lens 5"])
    assert capsys.readouterr() == ("50mm\n", "")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bash"],
        ["bash", "nonsense", "imgmeta "],
        ["bash", "camera", "imgmeta list --store mysql://x --camera "],
        ["bash", "camera", "imgmeta list --store none.db --camera "],
        ["bash", "camera", "imgmeta list --store . --camera "],
        ["bash", "camera", "imgmeta list --store ~nobody-else/x.db --camera "],
    ],
    ids=" ".join,
)
def test_failure_is_silent(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    print_values(arguments)
    assert capsys.readouterr() == ("", "")
