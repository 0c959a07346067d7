"""Compile modules to bytecode of the function's Python version."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from imgmeta.deployment.core.packages import Runtime
from imgmeta.errors import PermanentError

__all__ = ["compile_modules", "find_interpreter"]

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
"""Compiles modules below the working directory. Files with invalid syntax, such as code templates,
are skipped. At run time, Python does not compare the bytecode with its source: PEP 552."""


def find_interpreter(runtime: Runtime) -> str | None:
    """Return the path of a CPython of the runtime's version, this one or one on `PATH`, or None."""
    for candidate in _candidates(runtime):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        try:
            done = subprocess.run(  # noqa: S603 - runs a Python from the search path
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
            continue  # not a working Python, such as a version manager's shim
        if tag == f"cpython-{runtime.version.replace('.', '')}":
            return str(path)
    return None


def _candidates(runtime: Runtime) -> Iterator[str]:
    if runtime.version == f"{sys.version_info.major}.{sys.version_info.minor}":
        yield sys.executable
    for folder in os.get_exec_path():
        path = shutil.which(runtime.value, path=folder)
        if path is not None:
            yield path


def compile_modules(
    python: str, sources: Mapping[str, bytes], scratch: Path
) -> dict[str, tuple[str, bytes]]:
    """Return the path and content of each module's bytecode, by the module's path.

    The same sources give the same bytes: bytecode can depend on the state of the process that
    compiles it, so one new process with a fixed environment compiles all modules in order.

    Args:
        python: the interpreter that compiles.
        sources: modules, by their POSIX path in the package.
        scratch: an empty folder.

    Raises:
        PermanentError: the interpreter fails.
    """
    for name, source in sources.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
    inherited = {k: os.environ[k] for k in ("PATH", "LD_LIBRARY_PATH") if k in os.environ}
    done = subprocess.run(  # noqa: S603 - runs a Python from the search path
        [python, "-s", "-S", "-P", "-c", _COMPILE],
        cwd=scratch,
        env=inherited | {"PYTHONHASHSEED": "0", "LC_ALL": "C"},
        input=json.dumps(sorted(sources)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"cannot compile the package's modules with {python}"
        raise PermanentError(msg)
    written: dict[str, str] = json.loads(done.stdout)
    return {name: (path, (scratch / path).read_bytes()) for name, path in written.items()}
