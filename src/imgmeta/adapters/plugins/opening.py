"""Loading of plug-ins, opening of their adapters, and translation of their errors."""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import UnionType
from typing import ParamSpec, TypeVar, cast

from imgmeta.adapters.plugins.entry_points import Plugin
from imgmeta.core.text import printable, redact_url, redact_urls, shorten
from imgmeta.errors import ConfigurationError, ImgmetaError, PermanentError

__all__ = ["Boundary", "Callbacks", "open_plugin"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

_MAX_REASON = 300

_OBJECT = re.compile(r"[\w.]+( *: *[\w.]+)?( *\[.*\])?")
"""The value of an entry point: Python Packaging User Guide, "Entry points specification"."""


class Boundary:
    """Calls a plug-in, checks what it returns, and raises its other exceptions as PermanentError.

    Errors of imgmeta pass through, without the secrets of the URL, and so do the exceptions of
    callbacks, which are not the plug-in's.

    Args:
        plugin: the plug-in.
        url: the URL that it opened.
        shown: the URL in messages, without its secrets; None: as from `redact_url`.
    """

    def __init__(self, plugin: Plugin, url: str, shown: str | None = None) -> None:
        self._plugin = plugin
        self._url = url
        self._shown = redact_url(url) if shown is None else shown

    def call(self, kind: type[_T] | UnionType, function: Callable[..., _T], *args: object) -> _T:
        """Return the result of a call, which must have the type `kind`."""
        with self._translated(Callbacks()):
            return self._checked(kind, function(*args))

    def iterate(
        self, kind: type[_T] | UnionType, start: "Callable[[Callbacks], Iterator[_T]]"
    ) -> Iterator[_T]:
        """Yield the items of an iterator, which must have the type `kind`.

        Args:
            kind: the type.
            start: returns the iterator; its argument marks the callbacks of the call.
        """
        callbacks = Callbacks()
        with self._translated(callbacks):
            for item in start(callbacks):
                yield self._checked(kind, item)

    def redact(self, error: ImgmetaError) -> None:
        """Remove the secrets of the URL from the message of an error of imgmeta."""
        error.args = tuple(str(each).replace(self._url, self._shown) for each in error.args)

    def reason(self, error: BaseException) -> str:
        """Return an exception in words, without the secrets of the URL, safe to print."""
        try:
            text = str(error).replace(self._url, self._shown)
        except Exception:  # noqa: BLE001 - the exception's class is the plug-in's
            text = ""
        shown = shorten(redact_urls(printable(text)), _MAX_REASON)
        name = type(error).__name__
        return f"{name}: {shown}" if shown else name

    def _checked(self, kind: type[_T] | UnionType, value: _T) -> _T:
        if not isinstance(value, kind):
            msg = f"a value of the type {type(value).__name__}"
            raise TypeError(msg)
        return value

    @contextmanager
    def _translated(self, callbacks: "Callbacks") -> Generator[None]:
        try:
            yield
        except ImgmetaError as error:
            self.redact(error)
            raise
        except (Exception, SystemExit) as error:
            if error is callbacks.error:
                raise
            msg = (
                f"{self._plugin} failed ({self.reason(error)}): upgrade the package, or report "
                "this to its authors"
            )
            raise PermanentError(msg) from error


class Callbacks:
    """Marks the callbacks of one call.

    Attributes:
        error: the last exception that a callback raised.
    """

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def mark(self, callback: Callable[_P, _T] | None) -> Callable[_P, _T] | None:
        """Return a callback whose exceptions are not those of the plug-in."""
        if callback is None:
            return None

        def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            try:
                return callback(*args, **kwargs)
            except BaseException as error:
                self.error = error
                raise

        return run


@contextmanager
def open_plugin(
    plugin: Plugin,
    url: str,
    methods: tuple[str, ...],
    guard: Callable[[object, Boundary], _T],
    *,
    shown: str | None = None,
) -> Generator[_T]:
    """Load a plug-in, and yield what it opens at a URL.

    Args:
        plugin: the plug-in.
        url: the URL.
        methods: the methods that the opened object must have.
        guard: returns the opened object behind a boundary.
        shown: the URL in messages: see `Boundary`.

    Raises:
        ConfigurationError: the plug-in cannot be imported, raises an exception that is not an error
            of imgmeta, or returns something else.
        ImgmetaError: from the plug-in, passed on.
    """
    boundary = Boundary(plugin, url, shown)
    manager = _manager(plugin, boundary, url)
    with _opening(plugin, boundary):
        opened = manager.__enter__()
    try:
        with _opening(plugin, boundary):
            _check_methods(plugin, opened, methods)
            guarded = guard(opened, boundary)
        yield guarded
    except BaseException as error:
        # The first error matters, not one that it caused while closing.
        with suppress(Exception, SystemExit):
            manager.__exit__(type(error), error, error.__traceback__)
        raise
    boundary.call(object, manager.__exit__, None, None, None)


def _manager(plugin: Plugin, boundary: Boundary, url: str) -> AbstractContextManager[object]:
    if not _OBJECT.fullmatch(plugin.entry_point.value):
        value = printable(plugin.entry_point.value)
        raise _broken(
            plugin, "is declared with an invalid value", f"'{value}', not MODULE:FUNCTION"
        )
    try:
        function = plugin.entry_point.load()
    except (Exception, SystemExit) as error:
        raise _broken(plugin, "cannot be imported", boundary.reason(error)) from error
    if not callable(function):
        raise _wrong_type(plugin, "is not a function", function)
    with _opening(plugin, boundary):
        manager = function(url)
    if not isinstance(manager, AbstractContextManager):
        raise _wrong_type(plugin, "does not return a context manager", manager)
    return cast("AbstractContextManager[object]", manager)


@contextmanager
def _opening(plugin: Plugin, boundary: Boundary) -> Generator[None]:
    """Raise exceptions of a plug-in that opens its adapter as ConfigurationError."""
    try:
        yield
    except ImgmetaError as error:
        boundary.redact(error)
        raise
    except (Exception, SystemExit) as error:
        raise _broken(plugin, "cannot be opened", boundary.reason(error)) from error


def _check_methods(plugin: Plugin, opened: object, methods: tuple[str, ...]) -> None:
    for name in methods:
        if not callable(getattr(opened, name, None)):
            raise _wrong_type(plugin, f"opens an object without the method {name}", opened)


def _broken(plugin: Plugin, failure: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{plugin} {failure} ({reason}): upgrade or reinstall {plugin.package}"
    )


def _wrong_type(plugin: Plugin, failure: str, value: object) -> ConfigurationError:
    return _broken(plugin, failure, f"got {printable(type(value).__name__)}")
