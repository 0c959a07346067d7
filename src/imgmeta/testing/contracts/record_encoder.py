"""The contract of `imgmeta.ports.RecordEncoder`. Each test quotes the port."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from imgmeta.core.exports import COLUMNS, ColumnType, values_of
from imgmeta.core.records import ImageRecord
from imgmeta.errors import TransientError
from imgmeta.ports import RecordEncoder
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import HOSTILE_KEYS

__all__ = ["RecordEncoderContract", "RecordEncoderHarness"]

KEYS = (*HOSTILE_KEYS, "=1+1", "\t-1", 'a,"b";\r\n', "NULL", "\x1a")
TEXTS = [column.name for column in COLUMNS if column.type is ColumnType.TEXT]


@dataclass(frozen=True)
class RecordEncoderHarness:
    """An encoder, with a reader of its files.

    Attributes:
        encode: the encoder to test.
        read: returns the rows of a whole file, as a mapping of column names to values. Texts must
            be those of the records; other values, and unknown ones, may have any form.
        omits_unknown: whether a row lacks the columns without a value.
    """

    encode: RecordEncoder
    read: Callable[[bytes], Sequence[Mapping[str, object]]]
    omits_unknown: bool = False

    def rows(self, records: Iterable[ImageRecord]) -> Sequence[Mapping[str, object]]:
        """Return the rows of the file with these records."""
        return self.read(b"".join(self.encode(records)))


class RecordEncoderContract:
    """The tests of an encoder: override the fixture `encoder`."""

    @pytest.fixture
    def encoder(self) -> RecordEncoderHarness:
        """Return the encoder to test."""
        msg = "override the fixture `encoder`"
        raise NotImplementedError(msg)

    # The port: "Yield the bytes of a file with the records, in pieces and in the order of the
    # records."
    def test_file_has_the_records_in_their_order(self, encoder: RecordEncoderHarness) -> None:
        rows = encoder.rows(image_record(key) for key in KEYS)
        assert [row["ObjectKey"] for row in rows] == [*KEYS]

    # The port: "The file has a value for each of `core.exports.COLUMNS`, except that JSON Lines
    # omit unknown values."
    def test_row_has_all_columns(self, encoder: RecordEncoderHarness) -> None:
        (row,) = encoder.rows([image_record()])
        names = {column.name for column in COLUMNS}
        if encoder.omits_unknown:
            assert {"Uri", "ObjectKey", "FileSize"} <= row.keys() <= names
        else:
            assert row.keys() == names

    # The port: as above
    def test_row_has_the_texts_of_its_record(self, encoder: RecordEncoderHarness) -> None:
        record = image_record("a b.jpg", camera_make="@Acme", lens_model=' "x", 50mm\u2028')
        (row,) = encoder.rows([record])
        values = dict(zip((column.name for column in COLUMNS), values_of(record), strict=True))
        known = [name for name in TEXTS if values[name] is not None]
        assert {name: row[name] for name in known} == {name: values[name] for name in known}

    # The port: "A file without records is valid, too."
    def test_file_without_records_is_valid(self, encoder: RecordEncoderHarness) -> None:
        assert [*encoder.rows([])] == []

    # The port: "Records are read as the pieces are requested, and the memory that is needed does
    # not depend on their number."
    def test_pieces_are_returned_while_records_are_read(
        self, encoder: RecordEncoderHarness
    ) -> None:
        done = False

        def records() -> Iterator[ImageRecord]:
            nonlocal done
            for number in range(3_000):
                yield image_record(f"{number}" + "k" * 16_000)
            done = True

        pieces = encoder.encode(records())
        size = 0
        while not size:
            size = len(next(pieces))
        assert not done

    # The port: "An error of the records is passed on."
    def test_error_of_the_records_is_passed_on(self, encoder: RecordEncoderHarness) -> None:
        def records() -> Iterator[ImageRecord]:
            yield image_record()
            msg = "throttled"
            raise TransientError(msg)

        with pytest.raises(TransientError, match="throttled"):
            list(encoder.encode(records()))
