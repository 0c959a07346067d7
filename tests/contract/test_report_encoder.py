"""The contract of `imgmeta.ports.ReportEncoder`, for HTML pages."""

from collections.abc import Sequence

import pytest

pytest.importorskip("jinja2", reason="needs the extra report")
pytest.importorskip("vl_convert", reason="needs the extra report")

from imgmeta.bootstrap.reporting import open_report_encoder
from imgmeta.testing.contracts import ReportEncoderContract, ReportEncoderHarness
from support.html.page import read_page

LOADING = frozenset({"src", "srcset", "href", "xlink:href", "data", "action", "poster", "style"})
RUNNING = frozenset({"script", "iframe", "object", "embed", "link", "base", "form"})


def _text(document: bytes) -> str:
    return read_page(document).text


def _markup(document: bytes) -> Sequence[str]:
    page = read_page(document)
    return [f"{name} {sorted(attributes)}" for name, attributes in page.elements]


def _loaded(document: bytes) -> Sequence[str]:
    page = read_page(document)
    found = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if (name in LOADING and not value.startswith(("#", "data:"))) or name.startswith("on")
    ]
    found += [name for name, _ in page.elements if name in RUNNING]
    return [*found, *(text for text in ("@import", "url(") if text in page.style)]


class TestHTMLPage(ReportEncoderContract):
    @pytest.fixture
    def encoder(self) -> ReportEncoderHarness:
        return ReportEncoderHarness(open_report_encoder(), _text, _markup, _loaded)
