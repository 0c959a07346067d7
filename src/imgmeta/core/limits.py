"""Limits of stored values."""

__all__ = ["MAX_KEY", "MAX_STORED_INTEGER"]

MAX_STORED_INTEGER = 2**63 - 1
"""Largest integer that every store holds: SQLite's integers have 64 bits."""

MAX_KEY = 16_384
"""Maximum length of a key in characters. S3 allows 1,024 bytes; local paths may be longer."""
