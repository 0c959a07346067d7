"""Detection of files that were cut short: one module for each kind of evidence."""

from imgmeta.formats.completeness.check import is_complete

__all__ = ["is_complete"]
