"""Packages whose names are imported when they are first used."""

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import imgmeta
from imgmeta import bootstrap, service

PACKAGES = [imgmeta, bootstrap, service]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.__name__)
def test_every_export_is_the_one_that_type_checkers_see(package: ModuleType) -> None:
    tree = ast.parse(Path(package.__file__ or "").read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    found = {
        alias.name: getattr(import_module(node.module or ""), alias.name)
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert found.keys() == set(package.__all__)
    assert found == {name: getattr(package, name) for name in package.__all__}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda each: each.__name__)
def test_unknown_name_raises_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'x'"):
        _ = package.x
    with pytest.raises(ImportError, match="cannot import name 'x'"):
        exec(f"from {package.__name__} import x")  # noqa: S102 - a type checker would reject it
