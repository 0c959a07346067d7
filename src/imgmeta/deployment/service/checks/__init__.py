"""The checks of a deployed stack: each is a function over one port."""
