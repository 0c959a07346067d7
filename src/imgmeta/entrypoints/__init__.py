"""Entry points: each parses what it is given, calls one use case and renders what comes back."""
