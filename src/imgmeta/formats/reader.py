"""The property reader that takes headers apart by itself."""

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats.facts import image_properties
from imgmeta.formats.signatures import recognised
from imgmeta.formats.window import DamagedError, Window
from imgmeta.ports import PropertyReader

__all__ = ["HeaderPropertyReader"]

_OWN_VERSION = 1


class HeaderPropertyReader:
    """Reads JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF and HEIC, recognised by their first bytes."""

    def __init__(self, fallback: PropertyReader | None = None) -> None:
        """Make a reader.

        Args:
            fallback: asked about files in other formats.
        """
        self._fallback = fallback
        # The sum rises when either part does, so that what the fallback read is read again too.
        self._version = _OWN_VERSION + (fallback.version if fallback else 0)

    @property
    def version(self) -> int:
        """Rises when the same bytes would give other properties, here or by the fallback."""
        return self._version

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        """Return the image's properties, location included.

        Raises:
            TransientError: from `content`, passed on.
        """
        if content.size <= 0:
            return Unreadable(reason="an empty file")
        window = Window(content)
        container = recognised(window.read(0, 64))
        if container is None:
            if self._fallback is not None:
                return self._fallback.read(content)
            return Unreadable(reason="not an image format that imgmeta reads")
        facts, parse = container
        damage = "without a size"
        try:
            parse(window, facts)
        except DamagedError as error:
            damage = str(error)
        if facts.has_size:
            return image_properties(facts)
        article = "an" if facts.format == "AVIF" else "a"
        end = f" (cut short after {window.size:,} bytes)" if window.cut_short else ""
        return Unreadable(reason=f"{article} {facts.format} {damage}{end}")
