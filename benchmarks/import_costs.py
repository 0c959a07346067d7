"""Measure the CPU time that each package takes to be imported by the function.

`cold_start.py` runs this program in the environment of the function, and prints the table.

Imports the function's handler in this process, creates its clients, and prints the CPU seconds and
the number of modules of each package as JSON. A package's time is that of reading,
unmarshaling and executing its own modules, without their imports.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PACKAGES = ("aws_lambda_powertools", "boto3", "botocore", "imgmeta", "pydantic", "urllib3")
CLIENTS = "clients and data models"

_DEPENDENCIES = {
    "annotated_types": "pydantic",
    "certifi": "botocore",
    "dateutil": "botocore",
    "jmespath": "botocore",
    "pydantic_core": "pydantic",
    "six": "botocore",
    "typing_extensions": "pydantic",
    "typing_inspection": "pydantic",
}
"""Packages that only another one imports, and which count as that one."""


class Costs:
    """CPU seconds and modules by package; the times of nested imports are excluded."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.modules: defaultdict[str, int] = defaultdict(int)
        self._nested = [0.0]

    def execute(self, name: str, execute: Any, module: ModuleType) -> None:  # noqa: ANN401 - a loader's method
        """Execute a module and add its time to its package."""
        self._nested.append(0.0)
        started = time.process_time()
        try:
            execute(module)
        finally:
            total = time.process_time() - started
            package = package_of(name)
            self.seconds[package] += total - self._nested.pop()
            self.modules[package] += 1
            self._nested[-1] += total


def package_of(name: str) -> str:
    """Return the package that a module counts as."""
    top = name.partition(".")[0]
    top = _DEPENDENCIES.get(top, top)
    return top if top in PACKAGES else "standard library"


class MeasuringFinder(MetaPathFinder):
    """Finds modules as usual, and measures their execution."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module whose loader measures it."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        loader: Any = spec.loader
        execute = loader.exec_module
        loader.exec_module = lambda module: self._costs.execute(fullname, execute, module)
        return spec


def main() -> None:
    """Import the function, create its clients and print the costs."""
    costs = Costs()
    sys.meta_path.insert(0, MeasuringFinder(costs))
    from imgmeta.entrypoints import aws_lambda  # noqa: PLC0415 - measured

    before, imports = time.process_time(), sum(costs.seconds.values())
    aws_lambda._event_handler()  # noqa: SLF001 - its wiring
    later = sum(costs.seconds.values()) - imports
    costs.seconds[CLIENTS] = time.process_time() - before - later
    print(json.dumps({"seconds": costs.seconds, "modules": costs.modules}))


if __name__ == "__main__":
    main()
