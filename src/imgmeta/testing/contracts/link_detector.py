"""The contract of `imgmeta.ports.LinkDetector`. Each test quotes the port."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.ports import LinkDetector

__all__ = ["LinkDetectorContract", "LinkDetectorHarness"]


@dataclass(frozen=True)
class LinkDetectorHarness:
    """An object store with files that have links.

    Attributes:
        detector: the object store to test.
        links: two or more locations of one file.
        copy: the location of another file with the same content.
        missing: locations without a file.
    """

    detector: LinkDetector
    links: Sequence[ObjectLocation]
    copy: ObjectLocation
    missing: Sequence[ObjectLocation]


class LinkDetectorContract:
    """The tests of an object store whose objects have links: override the fixture `harness`."""

    @pytest.fixture
    def harness(self) -> LinkDetectorHarness:
        """Return the object store to test, with its files."""
        msg = "override the fixture `harness`"
        raise NotImplementedError(msg)

    def test_detector_is_found_by_its_protocol(self, harness: LinkDetectorHarness) -> None:
        assert isinstance(harness.detector, LinkDetector)

    # The port: "an ID that is equal for two locations only if they have the same file"
    def test_links_have_the_id_of_their_file(self, harness: LinkDetectorHarness) -> None:
        ids = {harness.detector.file_id(location) for location in harness.links}
        assert len(harness.links) > 1
        assert len(ids) == 1
        assert None not in ids

    # The port: as above
    def test_copy_has_another_id(self, harness: LinkDetectorHarness) -> None:
        ids = [harness.detector.file_id(location) for location in harness.links]
        assert harness.detector.file_id(harness.copy) not in ids

    # The port: "None: there is no such file, or it cannot have another key."
    def test_other_locations_have_no_id(self, harness: LinkDetectorHarness) -> None:
        others = [*harness.missing, ObjectLocation("no-such-bucket", "a.jpg")]
        assert {harness.detector.file_id(location) for location in others} == {None}
