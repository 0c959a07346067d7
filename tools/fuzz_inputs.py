"""Coverage-guided fuzzing of image formats, events and other inputs with atheris.

    PYTHONPATH=tests python tools/fuzz_inputs.py [TARGET ...] [--minutes 1] [--corpus FOLDER]

The nox session `fuzz` installs atheris. `tests/fuzz/targets.py` defines the targets. Each has its
own process, one after the other, which more than 1 GiB of memory or 20 seconds for one input end.
Prints a row for each target. An input that breaks a law is written to `tests/fuzz/findings/TARGET`,
where the test suite reads it, and the exit code is 1. `--corpus` keeps the inputs that reached new
code for the next run.
"""

import argparse
import importlib
import pkgutil
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzz.targets import FuzzTarget

_FINDINGS = Path(__file__).resolve().parents[1] / "tests" / "fuzz" / "findings"
_MEMORY = 1_024
"""MiB for one process: the instrumented modules and Pillow take about 150."""
_SECONDS = 20
"""Seconds for one input: a hundred times the slowest seed, instrumented on a busy machine."""
_LENGTH = 32 * 1024
"""Largest length of an input in bytes."""
_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_PEAK = re.compile(r"stat::peak_rss_mb:\s+(\d+)")
_COVERAGE = re.compile(r"ft: (\d+) corp: (\d+)")

_PACKAGES = (
    "imgmeta.core",
    "imgmeta.formats",
    "imgmeta.adapters.inventory",
    "imgmeta.adapters.pillow",
    "imgmeta.adapters.sqlite",
)


def fuzz(name: str, arguments: list[str]) -> None:
    """Fuzz one target in this process, with arguments of libFuzzer; does not return."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["imgmeta", *(["PIL"] if name == "pillow" else [])]):
        # Modules that are imported on first use would otherwise not be instrumented.
        for package in _PACKAGES:
            folders = importlib.import_module(package).__path__
            for module in pkgutil.walk_packages(folders, f"{package}."):
                importlib.import_module(module.name)
        targets = importlib.import_module("fuzz.targets").TARGETS
    atheris.Setup([sys.argv[0], *arguments], targets[name].check)
    atheris.Fuzz()


def run_target(name: str, target: "FuzzTarget", minutes: float, corpus: Path) -> bool:
    """Fuzz a target in its own process, and print a row; return whether it broke no law."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed[:_LENGTH])
    findings = _FINDINGS / name
    findings.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, __file__, "--child", name),
        *(f"-max_total_time={round(minutes * 60)}", f"-timeout={_SECONDS}"),
        *(f"-rss_limit_mb={_MEMORY}", f"-max_len={_LENGTH}", f"-artifact_prefix={findings}/"),
        *("-print_final_stats=1", str(corpus)),
    ]
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        code = subprocess.run(command, stdout=log, stderr=log, check=False).returncode
        log.seek(0)
        text = log.read()
    print(_row(name, text, code), flush=True)
    if code:
        print(text[-4_000:], file=sys.stderr, flush=True)
    if not any(findings.iterdir()):
        findings.rmdir()
    return not code


def _row(name: str, log: str, code: int) -> str:
    executions, peak = _EXECUTIONS.search(log), _PEAK.search(log)
    features, inputs = (_COVERAGE.findall(log) or [("?", "?")])[-1]
    number = f"{int(executions[1]):,}" if executions else "?"
    cells = (name, number, features, inputs, peak[1] if peak else "?", str(int(code != 0)))
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Parse the arguments and fuzz the targets."""
    if sys.argv[1:2] == ["--child"]:
        fuzz(sys.argv[2], sys.argv[3:])
        return
    # Not at the top: the process of a target imports it with instrumentation.
    from fuzz.targets import TARGETS  # noqa: PLC0415 - as above

    parser = argparse.ArgumentParser(description="Fuzz image formats, events and other inputs.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=1, help="minutes for each target")
    parser.add_argument("--corpus", type=Path, help="folder that keeps inputs for the next run")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.targets) - set(TARGETS)):
        parser.error(f"unknown target '{unknown[0]}': use {', '.join(TARGETS)}")
    print("| target | executions | features | inputs | peak MiB | findings |")
    print("|---|---|---|---|---|---|")
    with ExitStack() as cleanup:
        corpus = arguments.corpus
        if corpus is None:
            corpus = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        names = arguments.targets or list(TARGETS)
        kept = [run_target(name, TARGETS[name], arguments.minutes, corpus / name) for name in names]
    if not all(kept):
        sys.exit("a law was broken: correct the code, and commit the input in tests/fuzz/findings")


if __name__ == "__main__":
    main()
