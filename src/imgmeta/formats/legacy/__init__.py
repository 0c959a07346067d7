"""Readers for metadata of old cameras: CIFF, APP12 and Reconyx notes."""
