"""Parsers for metadata blocks that several image formats share."""
