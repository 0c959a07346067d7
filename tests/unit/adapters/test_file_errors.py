import errno
import os

import pytest

from imgmeta.adapters.file_errors import ABSENT, DENIED, error_reason


def test_reason_is_the_message_of_the_operating_system_in_lower_case() -> None:
    error = OSError(errno.ENOENT, os.strerror(errno.ENOENT), "photo.jpg")
    assert error_reason(error) == "no such file or directory"


@pytest.mark.parametrize("error", [OSError("Odd \x1b[2J"), OSError()])
def test_reason_of_an_error_without_a_number_is_safe_to_print(error: OSError) -> None:
    assert error_reason(error).isprintable()


def test_no_error_is_both_of_an_absent_and_of_a_denied_file() -> None:
    assert not ABSENT & DENIED
