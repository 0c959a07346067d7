"""Exit codes, and the line about them at the end of each help page."""

__all__ = ["CLOSED_PIPE", "EXIT_CODES", "FAILED", "INTERRUPTED", "SUCCESS", "USAGE_ERROR"]

SUCCESS = 0
FAILED = 1
"""A failure, or a negative result of `verify`, `show` or `status`."""
USAGE_ERROR = 2
"""The user must change something first, such as an argument, the store or AWS credentials."""
INTERRUPTED = 130
"""The shell's code for a process that SIGINT ended: 128 plus the signal's number.

If SIGTERM or SIGHUP stopped the command, the process exits with the code of that signal instead.
"""
CLOSED_PIPE = 141
"""The shell's code for a process that SIGPIPE ended: 128 plus the signal's number."""

EXIT_CODES = (
    "Exit codes: 0 success; 1 failure, differences (verify), image not in the index (show) or "
    "unhealthy stack (status); 2 usage or configuration error; 130 interrupted (129 by SIGHUP, "
    "143 by SIGTERM); 141 output closed."
)
