"""AWS emulators for tests, each on a free local port and stopped at the end.

The nox session `emulators` installs them and sets the commands that start them:
`IMGMETA_TEST_MINISTACK`, `IMGMETA_TEST_MICROBURST` and `IMGMETA_TEST_DYNALITE`. The session `e2e`
also sets `IMGMETA_TEST_RUNTIME`, the Lambda runtime that MiniStack's Python can run, such as
`python3.13`, and `IMGMETA_TEST_AWS`, the path of the AWS CLI.
A test whose emulator is not configured is skipped, or fails if `IMGMETA_TEST_EMULATORS` is
`required`. An empty variable means that the emulator is not available on this machine.
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
    "aws_cli",
    "clients_at",
    "dynalite",
    "function_platform",
    "latency_proxy",
    "microburst",
    "ministack",
    "moto",
    "set_aws_environment",
]

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "111122223333"

_START_TIMEOUT = 300.0
"""Seconds until a server must be ready; it is slow to start beside running tests."""

_REQUEST_TIMEOUT = 60.0

_STOP_TIMEOUT = 0.5
"""Seconds until a server is killed; some wait much longer for idle connections."""

_MAX_PORTS = 3
"""Ports to try: another process may take one before it is used."""


class Emulator:
    """A running server.

    Attributes:
        url: the endpoint.
        health: the path of its health check.
        certificate: the certificate that clients must trust, if it uses TLS.
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
        """Delete all stored data."""
        assert self._reset_path, "this emulator cannot be reset"
        self._request("POST", self._reset_path)

    def _request(self, method: str, path: str, body: object = None) -> bytes:
        status, response = _request(self.url, method, path, body, certificate=self.certificate)
        assert status == 200, response
        return response


class FaultProxy(Emulator):
    """A proxy that injects faults into requests by rules."""

    def set_rules(self, rules: Sequence[Mapping[str, object]]) -> None:
        """Replace all rules, and clear the list of injected faults."""
        self._request("POST", "/_microburst/rules", rules)
        self._request("DELETE", "/_microburst/fired")

    def injected_faults(self) -> list[dict[str, Any]]:
        """Return the faults injected since the rules were set, oldest first."""
        faults: list[dict[str, Any]] = json.loads(
            self._request("GET", "/_microburst/fired?limit=10000")
        )
        return faults


@contextmanager
def ministack(*, enforce_policies: bool = False, **environment: str) -> Generator[Emulator]:
    """Run MiniStack, which emulates all services and runs Lambda functions.

    Args:
        enforce_policies: enforce IAM and bucket policies; also uses TLS, which imgmeta's policies
            require.
        environment: more settings, as environment variables.
    """
    if enforce_policies:
        if shutil.which("openssl") is None:
            _skip_or_fail("openssl is missing, which creates MiniStack's certificate")
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
    certificate = Path("ministack-tls", "server.crt") if enforce_policies else None
    with _run_server("MiniStack", start, health, certificate=certificate) as server:
        certificate = server.certificate
        yield Emulator(server.url, health, "/_ministack/reset", certificate=certificate)


def function_platform() -> tuple[str, str]:
    """Return the runtime and architecture of the functions that MiniStack can run."""
    variable = "IMGMETA_TEST_RUNTIME"
    if not (runtime := os.environ.get(variable, "")):
        _skip_or_fail(f"{variable} is not set", session="e2e")
    machine = platform.machine()
    return runtime, {"aarch64": "arm64", "AMD64": "x86_64"}.get(machine, machine)


def aws_cli() -> Path:
    """Return the path of the AWS CLI, for tests that also need jq."""
    [program] = _command("IMGMETA_TEST_AWS")
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    return Path(program)


_MOTO = """
import gc
from functools import cache

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler
from moto.server import main

gc.set_threshold(100_000, 50, 50)
find = DomainDispatcherApplication.get_backend_for_host
DomainDispatcherApplication.get_backend_for_host = cache(find)
MotoRequestHandler.log_request = lambda *_, **__: None
main()
"""
"""Moto's server, without what takes most of its time: garbage collection of modules and service
models, which live until the end, a search of the folder of all services for each request, and a log
of requests, which nobody reads.
"""


@contextmanager
def moto() -> Generator[Emulator]:
    """Run the moto server of the tests' environment."""
    if find_spec("moto") is None:
        _skip_or_fail("moto is not installed")

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [sys.executable, "-c", _MOTO, "-H", HOST, "-p", str(port)], {}

    health = "/moto-api/data.json"
    with _run_server("moto", start, health) as server:
        yield Emulator(server.url, health, "/moto-api/reset")


@contextmanager
def dynalite() -> Generator[Emulator]:
    """Run dynalite, an independent DynamoDB emulator, with tables that are ready immediately."""
    command = _command("IMGMETA_TEST_DYNALITE")
    no_delays = ("--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0")

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [*command, "--host", HOST, "--port", str(port), *no_delays], {}

    health = "/"
    with _run_server("dynalite", start, health) as server:
        yield Emulator(server.url, health)


@contextmanager
def microburst(upstream: Emulator) -> Generator[FaultProxy]:
    """Run a proxy that injects faults into the requests to another emulator."""
    command = _command("IMGMETA_TEST_MICROBURST")

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [*command, "--upstream", upstream.url, "--host", HOST, "--port", str(port)], {}

    health = "/_microburst/health"
    with _run_server("microburst", start, health) as server:
        yield FaultProxy(server.url, health)


@contextmanager
def latency_proxy(upstream: Emulator, milliseconds: float) -> Generator[Emulator]:
    """Run a proxy that adds latency to the requests to another emulator."""
    program = Path(__file__).parents[3] / "benchmarks" / "latency.py"
    options = ("--milliseconds", str(milliseconds))

    def start(port: int) -> tuple[Sequence[str], Mapping[str, str]]:
        return [sys.executable, str(program), upstream.url, *options, "--port", str(port)], {}

    with _run_server("latency.py", start, upstream.health) as server:
        yield Emulator(server.url, upstream.health)


def set_aws_environment(patch: pytest.MonkeyPatch) -> None:
    """Set dummy AWS credentials, and hide the AWS configuration of the user.

    Clients read the environment when they are created, so they can be used after it is restored.
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


def clients_at(url: str, *, concurrency: int = 1, direct: bool = True) -> "Clients":
    """Return clients of an emulator, as the function has; needs `set_aws_environment`."""
    clients = pytest.importorskip("imgmeta.adapters.aws", exc_type=ImportError).Clients
    emulator_clients: Clients = clients(
        region=REGION, endpoint_url=url, concurrency=concurrency, direct=direct
    )
    return emulator_clients


def _command(variable: str) -> list[str]:
    if variable not in os.environ:
        _skip_or_fail(f"{variable} is not set")
    if not (words := shlex.split(os.environ[variable])):
        pytest.skip(f"{variable} is empty: the emulator is not available on this machine")
    return words


def _skip_or_fail(reason: str, *, session: str = "emulators") -> NoReturn:
    message = f"{reason}: `nox -s {session}` runs this test"
    if os.environ.get("IMGMETA_TEST_EMULATORS") == "required":
        pytest.fail(message)
    pytest.skip(message)


_Start = Callable[[int], tuple[Sequence[str], Mapping[str, str]]]


@dataclass(frozen=True)
class _Server:
    url: str
    certificate: Path | None = None


@contextmanager
def _run_server(
    name: str, start: _Start, health: str, *, certificate: Path | None = None
) -> Generator[_Server]:
    """Run a server while the context is open.

    Args:
        name: the server's name in messages.
        start: returns the command and its environment variables for a port.
        health: the path of its health check.
        certificate: the path of its certificate, relative to its working directory.
    """
    with tempfile.TemporaryDirectory(prefix="imgmeta-", ignore_cleanup_errors=True) as folder:
        trusted = None if certificate is None else Path(folder, certificate)
        scheme = "http" if certificate is None else "https"
        for ports_left in reversed(range(_MAX_PORTS)):
            port = _free_port()
            server = _Server(f"{scheme}://{HOST}:{port}", trusted)
            with _process(start(port), Path(folder)) as (process, output):
                if _is_ready(process, server, health):
                    yield server
                    return
                output.seek(0)
                log = output.read().decode(errors="replace")
                if not ports_left or process.poll() is None:
                    raise RuntimeError(f"{name} did not start:\n{log}")


@contextmanager
def _process(
    started: tuple[Sequence[str], Mapping[str, str]], folder: Path
) -> Generator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    command, settings = started
    # Isolated from the environment of the tests and of the user.
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
    """Stop a process and its children, which are in their own process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_TIMEOUT)
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _is_ready(process: "subprocess.Popen[bytes]", server: _Server, health: str) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError, HTTPException):
            status, _ = _request(server.url, "GET", health, certificate=server.certificate)
            if status == 200:
                # The response may come from another process that took the port first.
                return process.poll() is None
        time.sleep(0.02)
    return False


def _request(
    url: str, method: str, path: str, body: object = None, *, certificate: Path | None = None
) -> tuple[int, bytes]:
    port = urlsplit(url).port
    if certificate is None:
        connection = HTTPConnection(HOST, port, timeout=_REQUEST_TIMEOUT)
    else:
        trust = ssl.create_default_context(cafile=certificate)
        connection = HTTPSConnection(HOST, port, timeout=_REQUEST_TIMEOUT, context=trust)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
