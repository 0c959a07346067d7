"""Reports about the images in an index, as a page that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.core.gps import GpsPolicy
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.core.queries import Query
    from imgmeta.core.reports import Report, Scope
    from imgmeta.errors import InvalidRecordError
    from imgmeta.ports import ImageRepository, OnUnreadable, ReportEncoder
    from imgmeta.service.reporting import ThumbnailLoader

__all__ = ["index_report", "open_report_encoder", "open_thumbnail_loader"]

_LIBRARIES = frozenset({"jinja2", "markupsafe", "vl_convert"})


def index_report(  # noqa: PLR0913 - one argument for each part of a report
    repository: ImageRepository,
    query: Query,
    scope: Scope,
    *,
    gps_policy: GpsPolicy = GpsPolicy.KEEP,
    on_unreadable: OnUnreadable | None = None,
    load_thumbnails: ThumbnailLoader | None = None,
) -> Report:
    """Return a report about the images that a query finds.

        encode = open_report_encoder()
        with open_repository("photos.db") as repository, open("report.html", "wb") as file:
            scope = Scope("photos.db", (), datetime.now(UTC))
            file.writelines(encode(index_report(repository, Query(), scope)))

    The order, the limit and the cursor of the query are ignored. The records are sorted in
    temporary files if memory is too small.

    Args:
        repository: the index.
        query: the query.
        scope: the subject of the report.
        gps_policy: how much of each GPS position the report may have.
        on_unreadable: takes the error of each unreadable record that might match.
        load_thumbnails: reads the thumbnails for the contact sheet; None: without it.

    Raises:
        AdapterError: the index cannot be read.
        InvalidRecordError: a record is unreadable, and there is no `on_unreadable`.
    """
    from imgmeta.bootstrap.stores import find_sorted
    from imgmeta.service.reporting import create_report, report_query

    unreadable = 0

    def note(error: InvalidRecordError) -> None:
        nonlocal unreadable
        if on_unreadable is None:
            raise error
        unreadable += 1
        on_unreadable(error)

    return create_report(
        find_sorted(repository, report_query(query), on_unreadable=note),
        scope,
        gps_policy=gps_policy,
        unreadable=lambda: unreadable,
        load_thumbnails=load_thumbnails,
    )


def open_report_encoder() -> ReportEncoder:
    """Return the encoder of HTML pages, which load nothing.

    Raises:
        ConfigurationError: a library of imgmeta[report] is not installed.
    """
    try:
        from imgmeta.adapters.html import html_page
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        msg = "reports need Jinja2 and vl-convert-python: pip install 'imgmeta[report]'"
        raise ConfigurationError(msg) from error
    return html_page


def open_thumbnail_loader(limit: int) -> ThumbnailLoader:
    """Return the loader of the thumbnails of local files. It reads no other objects.

    Args:
        limit: the maximum number of thumbnails.
    """
    from functools import partial

    from imgmeta.adapters.filesystem import LocalObjectStore
    from imgmeta.adapters.pillow import PillowThumbnailCopier
    from imgmeta.service.contact_sheet import load_thumbnails

    objects, copier = LocalObjectStore(), PillowThumbnailCopier()
    return partial(load_thumbnails, objects=objects, copier=copier, limit=limit)
