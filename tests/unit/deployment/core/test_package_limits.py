import pytest

from imgmeta.deployment.core.package_limits import MAX_UNPACKED_SIZE, rejection_reason
from imgmeta.deployment.core.packages import Architecture, FunctionPlatform, Runtime
from support.deployment.wheels import elf

PLATFORM = FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
HANDLER = {"imgmeta/entrypoints/aws_lambda/__init__.py": b""}


def test_files_for_the_platform_are_accepted() -> None:
    files = {
        "PIL/_imaging.cpython-313-aarch64-linux-gnu.so": elf(Architecture.ARM64),
        "PIL/_webp.abi3.so": elf(Architecture.ARM64),
        "pillow.libs/libtiff-0c352bdc.so.6.3.0": elf(Architecture.ARM64),
    }

    assert rejection_reason(HANDLER | files, PLATFORM) is None


def test_package_may_have_the_maximum_size() -> None:
    maximum = bytes(MAX_UNPACKED_SIZE)

    assert rejection_reason(HANDLER | {"data": maximum}, PLATFORM) is None
    too_large = rejection_reason(HANDLER | {"data": maximum, "more": b"1"}, PLATFORM)
    assert too_large is not None
    assert "262,144,001 bytes unpacked, more than AWS Lambda's limit of 262,144,000" in too_large


def test_package_without_a_handler_is_rejected() -> None:
    reason = rejection_reason({"imgmeta/__init__.py": b""}, PLATFORM)

    assert reason is not None
    assert "no imgmeta/entrypoints/aws_lambda" in reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.so", elf(Architecture.X86_64), "is built for x86_64, not for python3.13 on arm64"),
        ("lib/a.so.1", elf(Architecture.X86_64), "is built for x86_64"),
        ("a.so", b"\x7fELF", "another machine"),
        ("a.so", b"\x7fELF" + bytes(14) + b"\xf3\0", "another machine (243)"),
        ("a.cpython-312-aarch64-linux-gnu.so", elf(Architecture.ARM64), "is built for CPython 312"),
        (
            "a.cpython-313t-aarch64-linux-gnu.so",
            elf(Architecture.ARM64),
            "is built for CPython 313t",
        ),
    ],
)
def test_binary_for_another_platform_is_rejected(name: str, content: bytes, reason: str) -> None:
    found = rejection_reason(HANDLER | {name: content}, PLATFORM)

    assert found is not None
    assert found.startswith(name)
    assert reason in found


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "../up.py", "a/../b.py", "a//b.py", "a/./b.py", "folder/"),
        *("a\\b.py", "a\0b.py", "a\nb.py", "a\ud800.py", f"{'n' * 256}.py", f"{'é' * 128}.py"),
        "imgmeta/entrypoints/aws_lambda/__init__.py/below.py",
    ],
)
def test_file_name_that_cannot_be_unpacked_is_rejected(name: str) -> None:
    found = rejection_reason(HANDLER | {name: b""}, PLATFORM)

    assert found is not None
    assert "cannot unpack a file named" in found
    assert found.isprintable()


def test_file_name_may_have_the_maximum_length() -> None:
    assert rejection_reason(HANDLER | {"é" * 127 + "n": b""}, PLATFORM) is None
