"""Names of tests, to check the pages that refer to tests."""

import ast
from pathlib import Path

__all__ = ["named_tests"]


def named_tests(path: Path) -> set[str]:
    """Return the names of the tests in a module, such as `TestClass::test_name`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            functions = (each for each in node.body if isinstance(each, ast.FunctionDef))
            names |= {f"{node.name}::{each.name}" for each in functions}
    return {name for name in names if name.rpartition("::")[2].startswith("test_")}
