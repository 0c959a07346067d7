"""Exit codes, and the words that every help ends with."""

__all__ = ["CLOSED_PIPE", "EXIT_CODES", "FAILED", "FINE", "INTERRUPTED", "MISUSED"]

FINE = 0
FAILED = 1
"""Something failed, differs or is not in the index."""
MISUSED = 2
"""Something has to be changed first: a wrong argument, a path where nothing is, a store that is not
ours, or a bucket, table, profile, region or credentials that are missing or refused."""
INTERRUPTED = 130
"""As shells tell of a program that Ctrl-C ended: 128 and the number of SIGINT."""
CLOSED_PIPE = 141
"""As shells tell of a program that nobody listened to any more: 128 and SIGPIPE."""

EXIT_CODES = (
    "Exit codes: 0 fine, 1 something failed, differs or is not there, 2 wrong usage or set-up, "
    "130 interrupted, 141 the output was closed."
)
