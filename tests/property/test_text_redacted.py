"""A redacted URL has no part of its user name, password or query."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.text import redact_url, redact_urls

MARKER = "QQQ"
around = st.text(st.characters(codec="utf-8", exclude_characters="Q"), max_size=8)
part = st.text(
    st.characters(codec="ascii", categories=["L", "N"], exclude_characters="Q"), min_size=1
)
secret = st.builds(lambda before, after: f"{before}{MARKER}{after}", around, around)


@given(part, secret, part, around)
def test_password_is_removed(user: str, password: str, host: str, path: str) -> None:
    assert MARKER not in redact_url(f"https://{user}:{password}@{host}/{path}")


@given(part, st.sampled_from("?#"), secret)
def test_query_is_removed(host: str, mark: str, query: str) -> None:
    assert MARKER not in redact_url(f"https://{host}/path{mark}{query}")


@given(around, part, part, around)
def test_url_in_a_text_is_redacted(before: str, user: str, host: str, after: str) -> None:
    text = f"{before} 'http://{user}:{MARKER}@{host}/?{MARKER}' {after}"
    assert MARKER not in redact_urls(text)
