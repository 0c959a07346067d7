"""The deployment use cases, which depend only on the ports."""
