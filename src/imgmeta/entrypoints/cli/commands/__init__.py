"""The commands, one module each: signature, help text and body."""
