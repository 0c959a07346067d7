"""Deployment use cases, over ports alone."""
