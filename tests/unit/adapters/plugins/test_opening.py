"""Every fault of a plug-in is one sentence that names its scheme and its package."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from imgmeta.adapters.plugins import (
    REPOSITORY_METHODS,
    guarded_repository,
    installed_plugins,
    open_plugin,
)
from imgmeta.core.drift import IndexEntry
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.queries import Query
from imgmeta.core.summaries import RecordSummary, SummaryCount
from imgmeta.errors import ConfigurationError, ImgmetaError, PermanentError, TransientError
from imgmeta.ports import (
    ImageRepository,
    RecordFinder,
    SizeFinder,
    SummaryFinder,
    UploadHistory,
)
from imgmeta.service.duplicates import find_same_sizes
from imgmeta.testing.strategies.record_examples import image_record
from support.plugins.distributions import Install

URL = "mine://ann:secret@host/index"
PREFIX = "the plug-in mine: of the package mine-imgmeta 1.0"
ADVICE = "upgrade or reinstall mine-imgmeta"
MEMORY = """
from contextlib import contextmanager
from imgmeta.adapters.memory import InMemoryImageRepository as Memory
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.queries import Query
from imgmeta.errors import ConfigurationError, TransientError

"""


def _broken(method: str) -> str:
    """Return the source of a plug-in whose repository has another method."""
    opened = "@contextmanager\ndef open_url(url):\n    yield Broken()\n"
    return f"{MEMORY}class Broken(Memory):\n    def {method}\n{opened}"


def _open() -> AbstractContextManager[ImageRepository]:
    plugin = installed_plugins("imgmeta.stores").find("mine")
    assert plugin is not None
    return open_plugin(plugin, URL, REPOSITORY_METHODS, guarded_repository)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import no_such_module", "cannot be imported (ModuleNotFoundError: No module named "),
        ("1 +", "cannot be imported (SyntaxError: "),
        ("raise SystemExit(3)", "cannot be imported (SystemExit: 3)"),
        ("", "cannot be imported (AttributeError: "),
        ("open_url = 1", "is not a function (got int)"),
        ("def open_url(): pass", "cannot be opened (TypeError: open_url() takes 0"),
        ("def open_url(url): raise ValueError(url)", "(ValueError: mine://***@host/index)"),
        ("def open_url(url): raise ValueError('a\\nb' + url)", "(ValueError: a\\nbmine://***@"),
        ("def open_url(url): raise KeyError", "cannot be opened (KeyError)"),
        ("def open_url(url): return []", "does not return a context manager (got list)"),
        (
            "from contextlib import nullcontext as open_url",
            "opens an object without the method get (got str)",
        ),
        (
            MEMORY + "@contextmanager\ndef open_url(url):\n    1 / 0\n    yield",
            "(ZeroDivisionError",
        ),
        (MEMORY + "@contextmanager\ndef open_url(url):\n    return\n    yield", "(RuntimeError: "),
    ],
)
def test_broken_plugin_is_reported_in_one_sentence(
    install: Install, source: str, message: str
) -> None:
    install(source)

    with pytest.raises(ConfigurationError) as caught, _open():
        pass

    text = str(caught.value)
    assert text.startswith(f"{PREFIX} ")
    assert message in text
    assert text.endswith(f": {ADVICE}")
    assert "secret" not in text
    assert text.isprintable()


@pytest.mark.parametrize("value", ["no such module:x", "", ":", "a-b:c"])
def test_invalid_entry_point_is_reported(install: Install, value: str) -> None:
    install(value=value)

    with pytest.raises(ConfigurationError, match="declared with an invalid value"), _open():
        pass


def test_entry_point_that_names_nothing_is_reported(install: Install) -> None:
    install(value="{module}:a.b")

    with pytest.raises(ConfigurationError, match=r"cannot be imported \(AttributeError"), _open():
        pass


@pytest.mark.parametrize("kind", [ConfigurationError, TransientError])
def test_error_of_imgmeta_passes_through(install: Install, kind: type[ImgmetaError]) -> None:
    install(MEMORY + f"def open_url(url):\n    raise {kind.__name__}('no host')")

    with pytest.raises(kind, match=r"^no host$"), _open():
        pass


@pytest.mark.parametrize(
    "source",
    [
        MEMORY + "def open_url(url):\n    raise TransientError(f'no answer from {url}')",
        _broken("scan(self, **_): raise TransientError(f'no answer from {URL}')")
        + f"URL = {URL!r}\n",
    ],
    ids=["opening", "method"],
)
def test_secrets_of_the_url_are_removed_from_errors_of_the_plugin(
    install: Install, source: str
) -> None:
    install(source)

    with pytest.raises(TransientError) as caught, _open() as repository:
        list(repository.scan())

    assert str(caught.value) == "no answer from mine://***@host/index"


def test_unexpected_exception_of_a_method_is_reported(install: Install) -> None:
    install(_broken("get(self, image_id): raise KeyError(image_id)"))

    with _open() as repository, pytest.raises(PermanentError) as caught:
        repository.get("x")

    assert str(caught.value) == (
        f"{PREFIX} failed (KeyError: 'x'): upgrade the package, or report this to its authors"
    )


def test_exception_without_text_is_reported(install: Install) -> None:
    broken = "class Mute(Exception):\n    def __str__(self): return 1 / 0\n"
    install(_broken(f"get(self, image_id): raise Mute\n{broken}"))

    with _open() as repository, pytest.raises(PermanentError, match=r"failed \(Mute\): upgrade"):
        repository.get("x")


@pytest.mark.parametrize("body", ["yield {}", "raise KeyError", "return None"])
def test_iterator_that_breaks_is_reported(install: Install, body: str) -> None:
    install(_broken(f"scan(self, **_): {body}"))

    with _open() as repository, pytest.raises(PermanentError, match=f"{PREFIX} failed"):
        list(repository.scan())


def test_value_of_a_wrong_type_is_reported(install: Install) -> None:
    install(_broken("count(self, *_): return None"))

    with _open() as repository, pytest.raises(PermanentError, match="a value of the type NoneType"):
        repository.count("bucket")


def test_exception_of_a_callback_is_not_that_of_the_plugin(install: Install) -> None:
    install(_broken("scan(self, on_unreadable, **_): yield on_unreadable('x')"))

    def stop(error: object) -> None:
        raise LookupError(error)

    with _open() as repository, pytest.raises(LookupError):
        list(repository.scan(on_unreadable=stop))


def test_exception_while_closing_is_reported(install: Install) -> None:
    install(MEMORY + "@contextmanager\ndef open_url(url):\n    yield Memory()\n    1 / 0")

    with pytest.raises(PermanentError, match="ZeroDivisionError"), _open():
        pass


def test_exception_while_closing_does_not_replace_the_first(install: Install) -> None:
    install(
        MEMORY + "@contextmanager\ndef open_url(url):\n    try: yield Memory()\n    finally: 1 / 0"
    )

    with pytest.raises(TransientError, match="first"), _open():
        raise TransientError("first")


def test_plugin_is_closed_after_an_exception(install: Install) -> None:
    module = install(
        MEMORY + "closed = []\n@contextmanager\ndef open_url(url):\n"
        "    try: yield Memory()\n    finally: closed.append(url)"
    )

    with pytest.raises(TransientError), _open():
        raise TransientError("x")

    assert __import__(module).closed == [URL]


def test_repository_is_the_one_of_the_plugin(install: Install) -> None:
    install(MEMORY + "@contextmanager\ndef open_url(url):\n    yield Memory()")
    record = image_record("a.jpg")
    with _open() as repository:
        assert not isinstance(repository, RecordFinder)
        assert repository.put(record, IfRevision(None)) is WriteResult.STORED
        assert repository.get(record.image_id) == record
        assert [*repository.scan(include_deleted=True)] == [record]
        bucket, key = record.bucket_name, record.object_key
        assert [*repository.list_prefix(bucket, "a", include_deleted=True)] == [record]
        assert [*repository.list_prefix(bucket, after=key)] == []
        assert [*repository.entries(bucket)] == [IndexEntry.of(record)]
        assert [*repository.entries(bucket, after=key)] == []
        assert repository.count(bucket, "b") == 0
        since, until = record.processed_at, record.processed_at + timedelta(1)
        assert [*repository.uploaded_between(since, until)] == []


def test_repository_that_answers_queries_itself_still_does(install: Install) -> None:
    install(_broken("find(self, query, **_): return self.scan()"))
    with _open() as repository:
        assert isinstance(repository, RecordFinder)
        assert [*repository.find(Query())] == []


OPTIONAL: dict[type, list[str]] = {
    RecordFinder: ["find"],
    UploadHistory: ["uploads"],
    SummaryFinder: ["find_summaries", "count_summaries"],
    SizeFinder: ["same_sizes"],
}


@pytest.mark.parametrize("port", OPTIONAL)
def test_repository_implements_the_same_optional_ports(install: Install, port: type) -> None:
    methods = (f"{name}(self, *_, **__): return iter(())" for name in OPTIONAL[port])
    install(_broken("\n    def ".join(methods)))
    with _open() as repository:
        assert [each for each in OPTIONAL if isinstance(repository, each)] == [port]


def test_optional_methods_get_their_arguments(install: Install) -> None:
    calls = (
        "uploads(self, first, last, *, descending, expected, on_unreadable):\n"
        "        assert (first, last, descending, expected) == (1, 2, True, 3)\n"
        "        return self.scan()\n"
        "    def find_summaries(self, query, *, ordered, on_unreadable):\n"
        "        assert (query, ordered, on_unreadable) == (Query(), False, None)\n"
        "        return map(RecordSummary.of, self.scan())\n"
        "    def count_summaries(self, query, attributes, *, on_unreadable):\n"
        "        assert (query, attributes, on_unreadable) == (Query(), ('image_format',), None)\n"
        "        return map(SummaryCount.of, self.scan())\n"
        "    def same_sizes(self, query, *, on_unreadable):\n"
        "        assert (query, on_unreadable) == (Query(), None)\n"
        "        return map(ContentEntry.of, self.scan())\n"
    )
    imports = (
        "from imgmeta.core.duplicates import ContentEntry\n"
        "from imgmeta.core.summaries import RecordSummary, SummaryCount\n"
    )
    install(imports + _broken(calls))
    record = image_record("a.jpg", file_size=3)
    with _open() as repository:
        repository.put(record, IfRevision(None))
        assert isinstance(repository, UploadHistory)
        assert [*repository.uploads(1, 2, descending=True, expected=3)] == [record]
        assert isinstance(repository, SummaryFinder)
        assert [*repository.find_summaries(Query(), ordered=False)] == [RecordSummary.of(record)]
        (counted,) = repository.count_summaries(Query(), ("image_format",))
        assert counted == SummaryCount.of(record)
        assert isinstance(repository, SizeFinder)
        assert [*repository.same_sizes(Query())] == [ContentEntry.of(record)]


def test_optional_method_that_breaks_is_reported(install: Install) -> None:
    install(_broken("same_sizes(self, query, on_unreadable): yield query"))

    with _open() as repository, pytest.raises(PermanentError, match="a value of the type Query"):
        list(find_same_sizes(repository, Query()))


def test_exit_of_the_plugin_while_closing_does_not_replace_the_first(install: Install) -> None:
    install(
        MEMORY + "@contextmanager\ndef open_url(url):\n"
        "    try: yield Memory()\n    finally: raise SystemExit(0)"
    )

    with pytest.raises(TransientError, match="first"), _open():
        raise TransientError("first")


def test_attribute_that_raises_is_reported(install: Install) -> None:
    opened = "@contextmanager\ndef open_url(url):\n    yield Broken()\n"
    install(f"{MEMORY}class Broken(Memory):\n    @property\n    def scan(self): 1 / 0\n{opened}")

    with pytest.raises(ConfigurationError, match=r"cannot be opened \(ZeroDivisionError"), _open():
        pass
