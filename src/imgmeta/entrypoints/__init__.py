"""Entry points: each parses its input, calls one use case and renders the result."""
