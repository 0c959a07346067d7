"""The commands, one per module: options, help text and implementation."""
