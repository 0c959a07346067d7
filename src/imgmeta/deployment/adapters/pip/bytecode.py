"""Compiles modules for the target's Python, with an interpreter of that version if there is one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from imgmeta.deployment.core.packages import Runtime
from imgmeta.errors import PermanentError

__all__ = ["bytecode", "interpreter"]

_PROBE = """
import json, sys, sysconfig
final = sys.version_info.releaselevel == "final"
plain = not hasattr(sys, "gettotalrefcount") and not sysconfig.get_config_var("Py_GIL_DISABLED")
tag = sys.implementation.cache_tag if final and plain else ""
print(json.dumps([tag, sys.executable]))
"""

_COMPILE = """
import json, py_compile, sys
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
written = {}
for name in json.load(sys.stdin):
    try:
        written[name] = py_compile.compile(
            name, dfile="/var/task/" + name, doraise=True, optimize=0, invalidation_mode=unchecked
        )
    except py_compile.PyCompileError:
        pass
json.dump(written, sys.stdout)
"""
"""Compiles the modules that are named below the working folder. What is no Python, such as a
template, is left as it is. The bytecode never asks whether the source has changed: PEP 552."""


def interpreter(runtime: Runtime) -> str | None:
    """Return the path of a CPython of a runtime's version: this one, or one that can be found."""
    for candidate in _candidates(runtime):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        try:
            done = subprocess.run(  # noqa: S603 - a Python of the search path
                [candidate, "-I", "-c", _PROBE],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                timeout=30,
            )
            tag, path = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            continue  # a name that leads nowhere, as those of version managers may
        if tag == f"cpython-{runtime.version.replace('.', '')}":
            return str(path)
    return None


def _candidates(runtime: Runtime) -> Iterator[str]:
    if runtime.version == f"{sys.version_info.major}.{sys.version_info.minor}":
        yield sys.executable
    for folder in os.get_exec_path():
        found = shutil.which(runtime.value, path=folder)
        if found is not None:
            yield found


def bytecode(
    python: str, sources: Mapping[str, bytes], scratch: Path
) -> dict[str, tuple[str, bytes]]:
    """Return the path and the content of each module's bytecode, by the module's path.

    The same sources give the same bytes. What bytecode holds may depend on what else there is in
    the process that writes it; so a fresh one compiles all of it, in order, with an environment of
    its own.

    Args:
        python: the interpreter that compiles.
        sources: of modules, by their POSIX path below where AWS Lambda unpacks the package.
        scratch: an empty folder.

    Raises:
        PermanentError: the interpreter fails.
    """
    for name, source in sources.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
    passed = {k: os.environ[k] for k in ("PATH", "LD_LIBRARY_PATH") if k in os.environ}
    done = subprocess.run(  # noqa: S603 - a Python of the search path
        [python, "-s", "-S", "-P", "-c", _COMPILE],
        cwd=scratch,
        env=passed | {"PYTHONHASHSEED": "0", "LC_ALL": "C"},
        input=json.dumps(sorted(sources)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"the package's modules cannot be compiled with {python}"
        raise PermanentError(msg)
    written: dict[str, str] = json.loads(done.stdout)
    return {name: (path, (scratch / path).read_bytes()) for name, path in written.items()}
