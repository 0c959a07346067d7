"""Adapters for the deployment ports."""
