"""`imgmeta list` and `count` answer any command line as the filters of the core do."""

import io
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core import filters as f
from imgmeta.core.attributes import Label, Moment, Number, Order, Presence, Shape, Sort
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.uris import uri_of
from imgmeta.entrypoints.cli.runner import run
from imgmeta.testing.strategies.queries import queried_records
from support.cli.command_line import Result

Option = tuple[str, str, f.Filter]
"""The name of an option, its value, and the equivalent filter."""

_SORTS: dict[str, Sort] = {each.value: each for each in (*Order, *Moment, *Label, *Number)}
_texts = st.sampled_from(["canon", "CANON", "eos", "x", "", "-x", "=", "straSSe", "\U0001f4f7"])
_days = st.sampled_from(["2026-07-01", "2026-06-30T23:59:59.999999", "2026-07", "0001-01-01"])
_degrees = st.sampled_from(["0", "-0.01", "48.137", "89.99", "-90", "11.575"])


def _labels() -> st.SearchStrategy[Option]:
    return st.builds(
        lambda label, text: (label.value, text, f.Contains(label, text)),
        st.sampled_from(Label),
        _texts,
    )


def _limits() -> st.SearchStrategy[Option]:
    def option(attribute: Number, number: tuple[str, float], *, is_minimum: bool) -> Option:
        text, value = number
        limits = (value, None) if is_minimum else (None, value)
        name = f"{'min' if is_minimum else 'max'}-{attribute}"
        return name, text, f.NumberBetween(attribute, *limits)

    numbers = st.sampled_from([("0", 0.0), ("2", 2.0), ("24", 24.0), ("35.5", 35.5), ("1e9", 1e9)])
    sizes = st.sampled_from([("0", 0), ("1", 1), ("1 kB", 1000), ("1.5KiB", 1536), ("9TB", 9e12)])
    others = st.sampled_from([each for each in Number if each is not Number.SIZE])
    return st.builds(option, others, numbers, is_minimum=st.booleans()) | st.builds(
        option, st.just(Number.SIZE), sizes, is_minimum=st.booleans()
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-01" if len(text) == 7 else text)


def _times() -> st.SearchStrategy[Option]:
    def option(name: str, text: str, offset: str) -> Option:
        moment = _time(text)
        if name.startswith("taken") and not offset:
            attribute = Moment.TAKEN
        else:
            attribute = Moment.TAKEN_UTC if name.startswith("taken") else Moment.UPLOADED
            hours = 2 if offset == "+02:00" else 0
            moment = (moment - timedelta(hours=hours)).replace(tzinfo=UTC)
        end = name.rpartition("-")[2]
        return name, f"{text}{offset}", f.TimeBetween(attribute, **{end: moment})

    names = st.sampled_from(["since", "until", "taken-since", "taken-until"])
    plain = st.builds(option, names, _days, st.just(""))
    exact = st.just("2026-06-30T23:59:59.999999")
    return plain | st.builds(option, names, exact, st.sampled_from(["Z", "+02:00"]))


def _places() -> st.SearchStrategy[Option]:
    near = st.builds(
        lambda latitude, longitude: (
            "near",
            f"{latitude},{longitude}",
            f.Near(float(latitude), float(longitude), 2000),
        ),
        _degrees,
        _degrees,
    )
    box = st.builds(
        lambda latitudes, west, east: (
            "bbox",
            f"{latitudes[0]},{west},{latitudes[1]},{east}",
            f.InBox(float(latitudes[0]), float(west), float(latitudes[1]), float(east)),
        ),
        st.tuples(_degrees, _degrees).map(lambda pair: sorted(pair, key=float)),
        _degrees,
        _degrees,
    )
    return near | box


def _keys() -> st.SearchStrategy[Option]:
    def prefix(bucket: str, text: str) -> Option:
        return "prefix", uri_of(ObjectLocation(bucket, text)), f.InBucket(bucket, text)

    def glob(pattern: str) -> Option:
        whole = pattern.removeprefix("/") if pattern.startswith("/") else f"**/{pattern}"
        return "glob", pattern, f.KeyGlob(whole)

    prefixes = st.sampled_from(["", "a", "a/", "a b", "%", "\U0001f4f7"])
    patterns = st.sampled_from(["*", "**", "a*", "/a*", "a/*", "[!a]", "/**/b", "?"])
    return st.builds(prefix, st.just("holiday"), prefixes) | st.builds(glob, patterns)


def _choices() -> st.SearchStrategy[Option]:
    return st.one_of(
        st.sampled_from(Status).map(lambda each: ("status", each.value, f.HasStatus(each))),
        st.sampled_from(Shape).map(lambda each: ("orientation", each.value, f.HasShape(each))),
        st.sampled_from(Presence).map(lambda each: ("with", each.value, f.Has(each))),
        st.sampled_from(Presence).map(lambda each: ("without", each.value, f.Not(f.Has(each)))),
        _texts.map(lambda text: ("error", text, f.ErrorContains(text))),
        st.just(("incomplete", "", f.Incomplete())),
    )


_options = st.one_of(_labels(), _limits(), _times(), _places(), _keys(), _choices())


@st.composite
def command_lines(draw: st.DrawFn) -> tuple[list[str], Query]:
    """Draw the options of a command line, and the equivalent query."""
    arguments: list[str] = []
    filters: list[f.Filter] = []
    chosen = draw(st.lists(_options, max_size=3, unique_by=lambda option: option[0]))
    for name, value, each in chosen:
        if draw(st.integers(0, 3)):
            arguments.append(f"--{name}" if name == "incomplete" else f"--{name}={value}")
            filters.append(each)
        else:
            shown = name if name == "incomplete" else f"{name}={value}"
            arguments += ["--not", shown]
            filters.append(f.Not(each))
    near = [each for each in filters if isinstance(each, f.Near)]
    if near or any(isinstance(each, f.Not) and isinstance(each.filter, f.Near) for each in filters):
        arguments += ["--within", "2000 km"]
    sort: Sort | None = None
    descending = False
    if draw(st.booleans()):
        name = draw(st.sampled_from([*_SORTS, *(["distance"] * (4 if near else 0))]))
        descending = draw(st.booleans())
        arguments += ["--sort", f"-{name}" if descending else name]
        if name == "distance":
            sort = DistanceFrom(near[0].latitude, near[0].longitude)
        else:
            sort = _SORTS[name]
    limit = draw(st.none() | st.integers(1, 4))
    if limit is not None:
        arguments += ["--limit", str(limit)]
    return arguments, Query(tuple(filters), sort, descending, limit)


def invoke(*arguments: str) -> Result:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(arguments))
        out.flush()
        err.flush()
    return Result(code, *(each.buffer.getvalue().decode() for each in (out, err)))


@contextmanager
def stored(records: list[ImageRecord]) -> Generator[str]:
    """Return the path of an index of records."""
    with TemporaryDirectory() as folder:
        path = f"{folder}/i.db"
        with SQLiteImageRepository(path) as repository:
            for record in records:
                repository.put(record, IfRevision(None))
        yield path


def check_command_line(records: list[ImageRecord], arguments: list[str], query: Query) -> None:
    records = list({record.image_id: record for record in records}.values())
    with stored(records) as path:
        options = [*arguments, "--store", path, "--json"]
        listed = invoke("list", *options)
        if listed.code == 2:
            # A range without any value, which the core just finds nothing in.
            assert "must not be greater" in listed.err or "must be earlier" in listed.err
            return
        found = list(map(ImageRecord.from_json, listed.lines))
        while (cursor := listed.err.partition("--after ")[2].strip()) and query.limit is not None:
            assert len(found) % query.limit == 0
            listed = invoke("list", *options, "--after", cursor)
            found += map(ImageRecord.from_json, listed.lines)
        assert found == replace(query, limit=None).select(records)
        filters = [each for at, each in enumerate(options) if not _is_of_list(options, at)]
        counted = invoke("count", *filters)
    assert counted.json == [{"Count": len(found)}]


def _is_of_list(options: list[str], at: int) -> bool:
    own = ("--sort", "--limit")
    return options[at] in own or options[at - 1] in own


@settings(max_examples=10)
@given(st.lists(queried_records(), max_size=8), command_lines())
def test_command_line_finds_what_its_filters_select(
    records: list[ImageRecord], command_line: tuple[list[str], Query]
) -> None:
    check_command_line(records, *command_line)


@pytest.mark.slow
@settings(max_examples=1000)
@given(st.lists(queried_records(), max_size=8), command_lines())
def test_many_command_lines_find_what_their_filters_select(
    records: list[ImageRecord], command_line: tuple[list[str], Query]
) -> None:
    check_command_line(records, *command_line)
