"""The bodies of responses."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, computed_field

from imgmeta import ImageRecord, record_schema

__all__ = ["Health", "Image", "Page", "Problem"]


def _describe(schema: dict[str, Any]) -> None:
    """Replace the schema by that of imgmeta, which describes each attribute."""
    schema.clear()
    schema.update((name, each) for name, each in record_schema().items() if name[0] != "$")


class Image(ImageRecord):
    """A record as the command `imgmeta` prints it: with its `Uri`."""

    model_config = ConfigDict(json_schema_extra=_describe)

    @computed_field(alias="Uri")  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def uri(self) -> str:
        """The URI of the image."""
        return super().uri

    @classmethod
    def of(cls, record: ImageRecord) -> Self:
        """Return the image of a record, which is valid already."""
        return cls.model_construct(**dict(record))


class Page(BaseModel):
    """A part of the images that a search finds."""

    images: list[Image]
    next: str | None = None
    """The value of `after` for the next page; absent on the last page."""


class Health(BaseModel):
    """The state of the service, if the index responds."""

    status: str = "ok"


class Problem(BaseModel):
    """Why a request failed, in one sentence."""

    detail: str
