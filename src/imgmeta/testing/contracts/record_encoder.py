"""The contract of `imgmeta.ports.RecordEncoder`. Each test quotes the port."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from imgmeta.core.exports import COLUMNS
from imgmeta.core.records import ImageRecord
from imgmeta.errors import TransientError
from imgmeta.ports import RecordEncoder
from imgmeta.testing.strategies.record_examples import image_record
from imgmeta.testing.strategies.records import HOSTILE_KEYS

__all__ = ["RecordEncoderContract", "RecordFormat"]


@dataclass(frozen=True)
class RecordFormat:
    """An encoder, and a function that reads what it wrote.

    Attributes:
        encode: the encoder to test.
        read: returns the values of each record in a file, by the name of the column.
        omits_unknown: whether the format omits the names of unknown values, as JSON Lines do.
    """

    encode: RecordEncoder
    read: Callable[[bytes], Sequence[Mapping[str, object]]]
    omits_unknown: bool = False

    def rows(self, records: Iterable[ImageRecord]) -> Sequence[Mapping[str, object]]:
        """Return the values of records that were encoded and read again."""
        return self.read(b"".join(self.encode(records)))


class RecordEncoderContract:
    """The tests of an encoder: override the fixture `encoding`."""

    @pytest.fixture
    def encoding(self) -> RecordFormat:
        """Return the encoder to test."""
        msg = "override the fixture `encoding`"
        raise NotImplementedError(msg)

    # The port: "a file with the records, in pieces and in the order of the records"
    def test_file_has_the_records_in_their_order(self, encoding: RecordFormat) -> None:
        keys = [*HOSTILE_KEYS, "=1+1", "\t-1"]
        rows = encoding.rows(map(image_record, keys))
        assert [row["ObjectKey"] for row in rows] == keys

    # The port: "a value for each of `core.exports.COLUMNS`, except that JSON Lines omit unknown
    # values"
    def test_row_has_all_columns(self, encoding: RecordFormat) -> None:
        (row,) = encoding.rows([image_record()])
        names = [column.name for column in COLUMNS]
        if encoding.omits_unknown:
            assert row.keys() <= {*names}
        else:
            assert [*row] == names

    # The port: "A file without records is valid, too."
    def test_file_without_records_is_valid(self, encoding: RecordFormat) -> None:
        assert [*encoding.rows([])] == []

    # The port: "Records are read as the pieces are requested, and the memory that is needed does
    # not depend on their number."
    def test_pieces_are_returned_while_records_are_read(self, encoding: RecordFormat) -> None:
        done = False

        def records() -> Iterator[ImageRecord]:
            nonlocal done
            for number in range(3_000):
                yield image_record(f"{number}" + "k" * 16_000)
            done = True

        pieces = encoding.encode(records())
        size = 0
        while not size:
            size = len(next(pieces))
        assert not done, "all records were read before the first piece was returned"

    # The port: "An error of the records is passed on."
    def test_error_of_the_records_is_passed_on(self, encoding: RecordFormat) -> None:
        def records() -> Iterator[ImageRecord]:
            yield image_record()
            msg = "throttled"
            raise TransientError(msg)

        with pytest.raises(TransientError, match="throttled"):
            list(encoding.encode(records()))
