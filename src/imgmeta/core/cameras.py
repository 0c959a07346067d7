"""Names of cameras, made of the make and the model that a file states."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgmeta.core.summaries import Summarized

__all__ = ["camera_name", "camera_text", "joined_camera_name"]


def camera_text(record: Summarized) -> str | None:
    """Return make and model with a space between them, or the one that is known.

    Filters and sorting use this text; people and the SQLite column `camera` see `camera_name`.
    """
    return " ".join(filter(None, (record.camera_make, record.camera_model))) or None


def camera_name(record: Summarized) -> str | None:
    """Return the camera as people see it, see `joined_camera_name`; a part of `camera_text`."""
    return joined_camera_name(record.camera_make, record.camera_model)


def joined_camera_name(make: str | None, model: str | None) -> str | None:
    """Return make and model, or the model alone if it begins with the first word of the make.

    Most models include the make: `NIKON CORPORATION` and `NIKON D70`. Upper and lower case are the
    same, and the word must end there: `Canonet` does not begin with `Canon`.

    Args:
        make: the manufacturer; None: unknown.
        model: the model; None: unknown.
    """
    if not make or not model:
        return make or model or None
    brand, name = make.casefold().partition(" ")[0], model.casefold()
    is_named = name.startswith(brand) and not name[len(brand) :][:1].isalnum()
    return model if is_named else f"{make} {model}"
