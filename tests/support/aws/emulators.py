"""Servers that answer as AWS does, each on a free port of this machine and stopped at the end.

The nox session `emulators` installs them and says in the environment how they are started:
`IMGMETA_TEST_MINISTACK`, `IMGMETA_TEST_MICROBURST` and `IMGMETA_TEST_DYNALITE` are command lines.
The session `e2e` does so too, and says as what runtime MiniStack's own Python can run a function:
`IMGMETA_TEST_RUNTIME` is a name such as `python3.13`.
A test whose server is not there is skipped; it fails where `IMGMETA_TEST_EMULATORS` is `required`.
A variable that is set to nothing says that its server cannot be had on this machine.
"""

import json
import os
import platform
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

__all__ = [
    "ACCOUNT",
    "HOST",
    "REGION",
    "Emulator",
    "FaultProxy",
    "clients_at",
    "delayed",
    "dynalite",
    "function_target",
    "microburst",
    "ministack",
    "moto",
    "set_aws_environment",
]

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "111122223333"

_START = 30.0
"""Seconds in which a server must answer; one that shares its processor with tests is slow."""

_GRACE = 0.5
"""Seconds that a server is given to end by itself; some wait much longer for idle connections."""

_TRIES = 3
"""Ports that are tried: another process may take one between its choice and its use."""


class Emulator:
    """A server that runs.

    Attributes:
        url: its endpoint.
        health: the path at which it says that it is ready.
        certificate: what its clients must trust, where it speaks TLS.
    """

    def __init__(
        self,
        url: str,
        health: str,
        reset_path: str | None = None,
        *,
        certificate: Path | None = None,
    ) -> None:
        self.url = url
        self.health = health
        self.certificate = certificate
        self._reset_path = reset_path

    def reset(self) -> None:
        """Forget everything that was stored."""
        assert self._reset_path, "this emulator cannot forget"
        self._ask("POST", self._reset_path)

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        status, answer = _ask(self.url, method, path, body, certificate=self.certificate)
        assert status == 200, answer
        return answer


class FaultProxy(Emulator):
    """A server that hands requests on to another, and does to them what its rules say."""

    def rules(self, rules: Sequence[Mapping[str, object]]) -> None:
        """Replace all rules, and forget what was done so far; without any, all is handed on."""
        self._ask("POST", "/_microburst/rules", rules)
        self._ask("DELETE", "/_microburst/fired")

    def fired(self) -> list[dict[str, Any]]:
        """Return what was done to requests since the rules were set, the oldest first."""
        found: list[dict[str, Any]] = json.loads(self._ask("GET", "/_microburst/fired?limit=10000"))
        return found


@contextmanager
def ministack(*, guarded: bool = False, **environment: str) -> Generator[Emulator]:
    """Run MiniStack, which answers for all services and runs functions.

    Args:
        guarded: whether policies count: roles may do what theirs say, and no more. It speaks TLS
            then, since our policies deny what comes without.
        environment: more of its settings, by the names of their environment variables.
    """
    if guarded:
        if shutil.which("openssl") is None:
            _missing("there is no openssl, which makes MiniStack's certificate")
        environment |= {"AUTH": "true", "USE_SSL": "1"}
    command = _command("IMGMETA_TEST_MINISTACK")
    settings = {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return command, {**settings, "GATEWAY_PORT": str(port), **environment}

    health = "/_ministack/health"
    certificate = Path("ministack-tls", "server.crt") if guarded else None
    with _running("MiniStack", start, health, certificate=certificate) as server:
        certificate = server.certificate
        yield Emulator(server.url, health, "/_ministack/reset", certificate=certificate)


def function_target() -> tuple[str, str]:
    """Return the runtime and the architecture of the functions that MiniStack can run here."""
    variable = "IMGMETA_TEST_RUNTIME"
    if not (runtime := os.environ.get(variable, "")):
        _missing(f"{variable} does not say what its Python is", session="e2e")
    machine = platform.machine()
    return runtime, {"aarch64": "arm64", "AMD64": "x86_64"}.get(machine, machine)


@contextmanager
def moto() -> Generator[Emulator]:
    """Run moto's server, from the environment that the tests run in."""
    if find_spec("moto") is None:
        _missing("moto is not installed")

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)], {}

    health = "/moto-api/data.json"
    with _running("moto", start, health) as server:
        yield Emulator(server.url, health, "/moto-api/reset")


@contextmanager
def dynalite() -> Generator[Emulator]:
    """Run dynalite, a DynamoDB that shares no code with the others; tables are there at once."""
    command = _command("IMGMETA_TEST_DYNALITE")
    at_once = ("--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0")

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [*command, "--host", HOST, "--port", str(port), *at_once], {}

    health = "/"
    with _running("dynalite", start, health) as server:
        yield Emulator(server.url, health)


@contextmanager
def microburst(upstream: Emulator) -> Generator[FaultProxy]:
    """Run a proxy in front of another emulator that can be told to do harm."""
    command = _command("IMGMETA_TEST_MICROBURST")

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [*command, "--upstream", upstream.url, "--host", HOST, "--port", str(port)], {}

    health = "/_microburst/health"
    with _running("microburst", start, health) as server:
        yield FaultProxy(server.url, health)


@contextmanager
def delayed(upstream: Emulator, milliseconds: float) -> Generator[Emulator]:
    """Run a proxy in front of another emulator that gives each request a network's round trip."""
    program = Path(__file__).parents[3] / "benchmarks" / "latency.py"
    options = ("--milliseconds", str(milliseconds))

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [sys.executable, str(program), upstream.url, *options, "--port", str(port)], {}

    with _running("latency.py", start, upstream.health) as server:
        yield Emulator(server.url, upstream.health)


def set_aws_environment(patch: pytest.MonkeyPatch) -> None:
    """Have AWS clients find credentials that mean nothing, and nothing of whoever runs the tests.

    Clients read the environment when they are made: these may be used after it is restored.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setenv("AWS_DEFAULT_REGION", REGION)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_CONFIG_FILE", os.devnull)
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    patch.setenv("NO_PROXY", HOST)
    patch.setenv("no_proxy", HOST)


def clients_at(url: str, *, concurrency: int = 1) -> "Clients":
    """Return the clients of an emulator; see `set_aws_environment` for where they may be made."""
    clients = pytest.importorskip("imgmeta.adapters.aws", exc_type=ImportError).Clients
    made: Clients = clients(region=REGION, endpoint_url=url, concurrency=concurrency)
    return made


def _command(variable: str) -> list[str]:
    if variable not in os.environ:
        _missing(f"{variable} does not say how to start it")
    if not (words := shlex.split(os.environ[variable])):
        pytest.skip(f"{variable} says that it cannot be had on this machine")
    return words


def _missing(why: str, *, session: str = "emulators") -> NoReturn:
    reason = f"{why}: `nox -s {session}` runs this test"
    if os.environ.get("IMGMETA_TEST_EMULATORS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


_Start = Callable[[int], tuple[Sequence[str], Mapping[str, str]]]


@dataclass(frozen=True)
class _Server:
    url: str
    certificate: Path | None = None


@contextmanager
def _running(
    name: str, start: _Start, health: str, *, certificate: Path | None = None
) -> Generator[_Server]:
    """Run a server until it is no longer needed.

    Args:
        name: what people call it.
        start: gives the command and the settings, of a port.
        health: the path at which it says that it is ready.
        certificate: where, below its own folder, it puts what makes its clients trust it.
    """
    with tempfile.TemporaryDirectory(prefix="imgmeta-", ignore_cleanup_errors=True) as folder:
        trusted = None if certificate is None else Path(folder, certificate)
        scheme = "http" if certificate is None else "https"
        for tries_left in reversed(range(_TRIES)):
            port = _free_port()
            server = _Server(f"{scheme}://{HOST}:{port}", trusted)
            with _process(start(port), Path(folder)) as (process, output):
                if _is_ready(process, server, health):
                    yield server
                    return
                output.seek(0)
                said = output.read().decode(errors="replace")
                if not tries_left or process.poll() is None:
                    raise RuntimeError(f"{name} did not start:\n{said}")


@contextmanager
def _process(
    started: tuple[Sequence[str], Mapping[str, str]], folder: Path
) -> Generator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    command, settings = started
    # Nothing of whoever runs the tests, and nothing of the tests' own environment, reaches it.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env={**environment, **settings},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process, output
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and those that it has started: they are in a group of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _is_ready(process: "subprocess.Popen[bytes]", server: _Server, health: str) -> bool:
    deadline = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError, HTTPException):
            status, _ = _ask(server.url, "GET", health, certificate=server.certificate)
            if status == 200:
                # Who answers may be another process, which took the port first.
                return process.poll() is None
        time.sleep(0.02)
    return False


def _ask(
    url: str, method: str, path: str, body: object = None, *, certificate: Path | None = None
) -> tuple[int, bytes]:
    port = urlsplit(url).port
    if certificate is None:
        connection = HTTPConnection(HOST, port, timeout=10)
    else:
        trust = ssl.create_default_context(cafile=certificate)
        connection = HTTPSConnection(HOST, port, timeout=10, context=trust)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
