"""The result of running a command in this process."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Cli", "Result"]


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


Cli = Callable[..., Result]
