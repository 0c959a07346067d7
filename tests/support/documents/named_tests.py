"""The names of tests, for pages that say what shows a thing."""

import ast
from pathlib import Path

__all__ = ["named_tests"]


def named_tests(path: Path) -> set[str]:
    """Return the names of a module's tests, as pytest has them."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            functions = (each for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {f"{node.name}::{each.name}" for each in functions}
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}
