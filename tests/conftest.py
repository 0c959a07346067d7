"""Settings and fixtures for all tests: one server per AWS emulator and process."""

import gc
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from support.aws import emulators
from support.plugins.distributions import Install, installer

if TYPE_CHECKING:
    from xdist.remote import Producer  # type: ignore[import-untyped]  # has no type hints
    from xdist.scheduler import Scheduling  # type: ignore[import-untyped]  # as above

# No time limits: on a busy machine, a slow example is not a failure.
_WITHOUT_LIMITS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The session `coverage` runs the thorough profile, so that the default one can be fast.
settings.register_profile("imgmeta", _WITHOUT_LIMITS, max_examples=20)
settings.register_profile("thorough", _WITHOUT_LIMITS, max_examples=200)
settings.load_profile("imgmeta")

# With Python's thresholds, the collector spends a fifth of the suite's time on the modules, tests
# and service models, which live until the end.
gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "Scheduling | None":
    """Let idle workers take tests of others, unless `--dist` has another distribution.

    Until then, workers run whole files, whose tests share servers and packages.
    """
    from xdist.scheduler import WorkStealingScheduling  # noqa: PLC0415 - only where xdist runs

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


@pytest.fixture(scope="session")
def ministack() -> Iterator[emulators.Emulator]:
    with emulators.ministack() as server:
        yield server


@pytest.fixture(scope="session")
def moto_server() -> Iterator[emulators.Emulator]:
    with emulators.moto() as server:
        yield server


@pytest.fixture(scope="session")
def dynalite() -> Iterator[emulators.Emulator]:
    with emulators.dynalite() as server:
        yield server


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    emulators.set_aws_environment(monkeypatch)


@pytest.fixture
def install(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs packages with plug-ins until the end of the test."""
    return installer(tmp_path_factory.mktemp("site-packages"), monkeypatch)


@pytest.fixture
def default_signals() -> Iterator[None]:
    """Handle signals by default in this process, and thereby in processes that the test starts.

    Shells make the jobs that they start in the background ignore SIGINT, and nohup makes a command
    ignore SIGHUP; children inherit both.
    """
    previous = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler)}
    for name in ("SIGTERM", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:  # Windows has no SIGHUP
            previous[number] = signal.signal(number, signal.SIG_DFL)
    yield
    for number, each in previous.items():
        signal.signal(number, each)


@pytest.fixture(scope="session", autouse=True)
def shared_botocore_models() -> Iterator[None]:
    """Share what botocore computes between all tests, if it is installed."""
    if find_spec("botocore") is None:
        yield
        return
    from support.aws.shared_models import share_models  # noqa: PLC0415 - requires the extra `aws`

    with share_models():
        yield


@pytest.fixture(scope="session", autouse=True)
def copied_indexes() -> Iterator[None]:
    """Create new index files as copies; `created_indexes` creates them as users do."""
    if find_spec("imgmeta") is None:  # in the session `build`
        yield
        return
    from support.sqlite.copied_indexes import copy_indexes  # noqa: PLC0415 - as above

    with copy_indexes():
        yield


@pytest.fixture
def created_indexes() -> Iterator[None]:
    from support.sqlite.copied_indexes import create_indexes  # noqa: PLC0415 - as above

    with create_indexes():
        yield
