"""Records of observations, with the properties and hashes of the observed content."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from imgmeta.core.gps import restrict
from imgmeta.core.hints import Hint
from imgmeta.core.objects import AbsentObject, ByteSource, Observation
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.records import ImageRecord, WriteMetadata, build_record, build_tombstone
from imgmeta.core.retention import retained_content
from imgmeta.ports import PropertyReader, ThumbnailHasher
from imgmeta.service.hashing import current_hash, current_thumbnail_hash
from imgmeta.service.object_errors import object_errors
from imgmeta.service.rules import Rules

__all__ = ["RecordBuilder"]


@dataclass(frozen=True, slots=True)
class RecordBuilder:
    """Builds the record that a hint writes; see `Indexer` for the attributes."""

    reader: PropertyReader
    rules: Rules
    clock: Callable[[], datetime]
    new_revision: Callable[[], str]
    hasher: ThumbnailHasher | None

    def build(
        self,
        hint: Hint,
        observation: Observation,
        stored: ImageRecord | None,
        content: ImageProperties | Unreadable | None = None,
    ) -> ImageRecord:
        """Return the record of an observation.

        Args:
            hint: the reason to write it.
            observation: the observation.
            stored: the stored record, if it was read. The new record keeps what is known from the
                same content.
            content: the result of reading the observed content; None: it is read, if it can be.

        Raises:
            ObjectError: the content cannot be read.
            ObjectChangedError: the object was replaced after it was observed.
        """
        processed_at = self.clock()
        reader_version: int | None = self.reader.version
        if isinstance(observation, AbsentObject):
            write = WriteMetadata(processed_at, self.new_revision(), hint.sequencer, reader_version)
            return build_tombstone(observation.location, write)
        if observation.content is not None:
            content = content or self._read(observation.content)
        elif (content := retained_content(stored, observation)) and stored:
            reader_version = stored.reader_version
        else:
            content = Unreadable(reason=observation.content_error or "its bytes cannot be read")
        if isinstance(content, ImageProperties):
            content = restrict(content, self.rules.gps_policy)
        content_hash = current_hash(hint, observation, stored)
        is_current = stored is not None and stored.reader_version == reader_version
        thumbnail_hash = current_thumbnail_hash(
            hint, observation, stored if is_current else None, content, self.hasher
        )
        write = WriteMetadata(
            processed_at,
            self.new_revision(),
            hint.sequencer,
            reader_version,
            None if content_hash is None else str(content_hash),
            thumbnail_hash,
        )
        return build_record(observation, content, write)

    def _read(self, content: ByteSource) -> ImageProperties | Unreadable:
        with object_errors():  # reading another range of the object may fail
            return self.reader.read(content)
