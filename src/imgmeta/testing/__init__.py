"""Tests for people who write adapters."""
