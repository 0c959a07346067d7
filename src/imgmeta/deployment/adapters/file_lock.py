"""A lock of an open file, which the system releases when the process ends, however it ends."""

import sys

__all__ = ["lock"]

if sys.platform == "win32":
    import msvcrt

    def lock(descriptor: int) -> None:
        """Lock an open file.

        Raises:
            BlockingIOError: another process has locked it.
        """
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from error

else:
    import fcntl

    def lock(descriptor: int) -> None:
        """Lock an open file.

        Raises:
            BlockingIOError: another process has locked it.
        """
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
