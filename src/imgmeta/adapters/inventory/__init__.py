"""Amazon S3 Inventory reports as listings: decoding of the files, and an external merge sort."""

from imgmeta.adapters.inventory.listing import list_inventory
from imgmeta.adapters.inventory.sorting import ExternalSorter

__all__ = ["ExternalSorter", "list_inventory"]
