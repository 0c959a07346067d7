"""A reader and a hasher of thumbnails for the images of the model bucket."""

from dataclasses import dataclass, field

from imgmeta import ByteSource, ImageProperties, Unreadable
from support.convergence.bucket import WidthReader


class ThumbnailReader(WidthReader):
    """Reads images whose width is odd as images with a thumbnail."""

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        result = super().read(content)
        if isinstance(result, Unreadable) or not (result.width or 0) % 2:
            return result
        return result.model_copy(update={"has_thumbnail": True})


@dataclass
class WidthHasher:
    """Returns the width as the hash of the thumbnail, and counts its calls."""

    calls: int = 0
    errors: list[Exception] = field(default_factory=list[Exception])

    def hash(self, content: ByteSource, image: ImageProperties) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop()
        assert content.size
        return f"{image.width:016x}"
