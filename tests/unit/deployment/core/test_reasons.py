"""Reasons of failures are safe to print, and grouped without their variable parts."""

import pytest

from imgmeta.deployment.core.reasons import reason_group, shown_reason


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("", ""),
        ("a\\nb ", "a\\nb"),
        ("a\n\x1b[2J", "a\\n\\x1b[2J"),
        ("x" * 501, "x" * 499 + "…"),
    ],
)
def test_reason_is_escaped_once_and_shortened(reason: str, shown: str) -> None:
    assert shown_reason(reason) == shown_reason(shown_reason(reason)) == shown


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        ("cannot read s3://holiday/a.jpg: access denied", "cannot read … access denied"),
        ("the key is 1,025 bytes long", "the key is … bytes long"),
        ("request 0f8fad5b-d9cb-469f-a165-70867728950e failed", "request … failed"),
        ("cannot read 'a b.jpg'", "cannot read …"),
        ("access denied", "access denied"),
        ("HTTP/2 and SHA256 differ", "HTTP/… and SHA256 differ"),
    ],
)
def test_group_of_a_reason_has_no_variable_parts(reason: str, group: str) -> None:
    assert reason_group(reason) == group
