"""JSON documents: arbitrary ones, and copies of a valid one that are damaged in one place."""

from copy import deepcopy
from typing import cast

from hypothesis import strategies as st

__all__ = ["Document", "damaged", "json_values", "paths", "with_value"]

Document = dict[str, object]


json_values: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.sampled_from(
        ["aws:s3", "aws:sqs", "aws:sns", "aws.s3", "imgmeta", "{", "[]", "[{}]", "2.1", "\ud800"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(["Records", "tasks", "eventSource", "body", "s3", "Sns", "detail"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
"""Any JSON value; many have the names and values of events."""


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all values in a JSON value, including its own."""
    result = [path]
    if isinstance(value, dict):
        for name, inner in cast("Document", value).items():
            result += paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            result += paths(inner, (*path, index))
    return result


def with_value(document: object, path: tuple[str | int, ...], value: object) -> object:
    """Return a copy of the document with another value at a path."""
    if not path:
        return value
    copy = deepcopy(document)
    parent = cast("dict[str | int, object]", copy)  # or a list: both take `parent[step]`
    for step in path[:-1]:
        parent = cast("dict[str | int, object]", parent[step])
    parent[path[-1]] = value
    return copy


@st.composite
def damaged(draw: st.DrawFn, document: object) -> object:
    """Draw a copy of the document with one value replaced by any JSON value."""
    path = draw(st.sampled_from(paths(document)))
    return with_value(document, path, draw(json_values))
