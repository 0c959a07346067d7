"""`imgmeta.testing` without the extra `testing`."""

import importlib
import sys

import pytest


@pytest.mark.parametrize("library", ["pytest", "hypothesis"])
def test_missing_library_is_one_sentence_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    for name in [each for each in sys.modules if each.startswith("imgmeta.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)  # forbids the import
    with pytest.raises(ModuleNotFoundError, match=r"^[^\n]*: pip install 'imgmeta\[testing\]'$"):
        importlib.import_module("imgmeta.testing")
