"""Packages whose names are imported when they are first used."""

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from imgmeta import bootstrap, service

PACKAGES = [bootstrap, service]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.__name__)
def test_every_export_is_the_one_that_type_checkers_see(package: ModuleType) -> None:
    tree = ast.parse(Path(package.__file__ or "").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    found = {
        alias.name: getattr(import_module(node.module or ""), alias.name)
        for node in imports
        for alias in node.names
        if (node.module or "").startswith(f"{package.__name__}.")
    }

    assert found.keys() == set(package.__all__)
    assert found == {name: getattr(package, name) for name in package.__all__}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.__name__)
def test_unknown_name_raises_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'x'"):
        _ = package.x
