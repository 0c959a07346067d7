"""Adapters: each puts one port on one technology, and knows none of the others."""
