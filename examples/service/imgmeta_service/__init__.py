"""An HTTP service of an imgmeta index: search, one record, a map as GeoJSON, and health."""

from imgmeta_service.app import create_app

__all__ = ["create_app"]
