"""Metadata formats of old cameras: CIFF, APP12 text and Reconyx maker notes."""
