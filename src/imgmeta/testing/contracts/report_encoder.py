"""The contract of `imgmeta.ports.ReportEncoder`. Each test quotes the port."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.reports import Report, Scope, build_report
from imgmeta.core.text import printable
from imgmeta.ports import ReportEncoder
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["ReportEncoderContract", "ReportEncoderHarness"]

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "\"'><img src=https://attacker.example/ onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %} <!-- ]]> &lt;",
    "\u202egpj.exe \x1b[31m \x00 \u2028",
    "https://attacker.example/style.css",
)
"""Texts that end an element or attribute, run as a script or template, load something or change the
direction of text."""


@dataclass(frozen=True)
class ReportEncoderHarness:
    """An encoder, with a reader of its documents.

    Attributes:
        encode: the encoder to test.
        text: returns the text of a document as people read it.
        markup: returns the elements of a document in their order, without text from the report.
        loaded: returns the addresses of all that a document would load, run or send.
    """

    encode: ReportEncoder
    text: Callable[[bytes], str]
    markup: Callable[[bytes], Sequence[str]]
    loaded: Callable[[bytes], Sequence[str]]

    def document(self, report: Report) -> bytes:
        """Return the document of a report."""
        return b"".join(self.encode(report))


def report_with(text: str, source: str = "photos.db") -> Report:
    """Return a report that has a text in each place that takes texts from outside."""
    records: list[ImageRecord] = [
        image_record(f"a/{text}", camera_model=text, lens_model=text, format=text, complete=False),
        image_record(f"b/{text}", content_hash="md5:" + 32 * "0"),
        image_record(f"c/{text}", content_hash="md5:" + 32 * "0"),
        image_record(f"d/{text}", status=Status.FAILED, error=text),
    ]
    scope = Scope(source, (("--camera", text),), datetime(2026, 11, 30, 12, tzinfo=UTC))
    return build_report(records, scope)


class ReportEncoderContract:
    """The tests of an encoder: override the fixture `encoder`."""

    @pytest.fixture
    def encoder(self) -> ReportEncoderHarness:
        """Return the encoder to test."""
        msg = "override the fixture `encoder`"
        raise NotImplementedError(msg)

    # The port: "Yield the bytes of a document with the report, in pieces."
    def test_document_has_the_values_of_the_report(self, encoder: ReportEncoderHarness) -> None:
        text = encoder.text(encoder.document(report_with("Acme")))
        for value in ("photos.db", "4 images", "Acme", "s3://holiday/a/Acme", "--camera"):
            assert value in text

    # The port: "The document is complete: it loads nothing from another file or place."
    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    def test_document_loads_nothing(self, encoder: ReportEncoderHarness, text: str) -> None:
        assert [*encoder.loaded(encoder.document(report_with(text, text)))] == []

    # The port: "Any text of the report is shown as text, …"
    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    def test_text_adds_no_markup(self, encoder: ReportEncoderHarness, text: str) -> None:
        hostile = encoder.document(report_with(text, text))
        harmless = encoder.document(report_with("Acme", "Acme"))
        assert encoder.markup(hostile) == encoder.markup(harmless)
        assert " ".join(printable(text).split()) in encoder.text(hostile)

    # The port: "… with control characters and characters that change the direction of text
    # escaped."
    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    def test_document_has_no_invisible_characters(
        self, encoder: ReportEncoderHarness, text: str
    ) -> None:
        document = encoder.document(report_with(text, text)).decode()
        categories = {unicodedata.category(each) for each in document.replace("\n", "")}
        assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

    # The port: "Equal reports have equal documents."
    def test_equal_reports_have_equal_documents(self, encoder: ReportEncoderHarness) -> None:
        assert encoder.document(report_with("a")) == encoder.document(report_with("a"))

    # The port: "A report without images is a document, too."
    def test_report_without_images_is_a_document(self, encoder: ReportEncoderHarness) -> None:
        report = report_with("a")
        empty = build_report([], replace(report.scope, filters=()))
        assert "photos.db" in encoder.text(encoder.document(empty))
