import pytest

from imgmeta.deployment.core.package_limits import MAX_UNPACKED, refusal
from imgmeta.deployment.core.packages import Architecture, FunctionPlatform, Runtime
from support.deployment.wheels import elf

TARGET = FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
HANDLER = {"imgmeta/entrypoints/aws_lambda/__init__.py": b""}


def test_what_lambda_can_run_is_not_refused() -> None:
    files = {
        "PIL/_imaging.cpython-313-aarch64-linux-gnu.so": elf(Architecture.ARM64),
        "PIL/_webp.abi3.so": elf(Architecture.ARM64),
        "pillow.libs/libtiff-0c352bdc.so.6.3.0": elf(Architecture.ARM64),
    }

    assert refusal(HANDLER | files, TARGET) is None


def test_a_package_may_be_as_large_as_lambda_takes() -> None:
    most = bytes(MAX_UNPACKED)

    assert refusal(HANDLER | {"data": most}, TARGET) is None
    too_large = refusal(HANDLER | {"data": most, "more": b"1"}, TARGET)
    assert too_large is not None
    assert "262,144,001 bytes unpacked, and AWS Lambda takes 262,144,000" in too_large


def test_a_package_without_a_handler_is_refused() -> None:
    reason = refusal({"imgmeta/__init__.py": b""}, TARGET)

    assert reason is not None
    assert "no imgmeta/entrypoints/aws_lambda" in reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.so", elf(Architecture.X86_64), "is for x86_64, not for python3.13 on arm64"),
        ("lib/a.so.1", elf(Architecture.X86_64), "is for x86_64"),
        ("a.so", b"\x7fELF", "another machine"),
        ("a.so", b"\x7fELF" + bytes(14) + b"\xf3\0", "another machine (243)"),
        ("a.cpython-312-aarch64-linux-gnu.so", elf(Architecture.ARM64), "is for CPython 312"),
        ("a.cpython-313t-aarch64-linux-gnu.so", elf(Architecture.ARM64), "is for CPython 313t"),
    ],
)
def test_a_binary_for_something_else_is_refused(name: str, content: bytes, reason: str) -> None:
    said = refusal(HANDLER | {name: content}, TARGET)

    assert said is not None
    assert said.startswith(name)
    assert reason in said


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "../up.py", "a/../b.py", "a//b.py", "a/./b.py", "folder/"),
        *("a\\b.py", "a\0b.py", "a\nb.py", "a\ud800.py", f"{'n' * 256}.py", f"{'é' * 128}.py"),
        "imgmeta/entrypoints/aws_lambda/__init__.py/below.py",
    ],
)
def test_a_name_that_cannot_be_unpacked_is_refused(name: str) -> None:
    said = refusal(HANDLER | {name: b""}, TARGET)

    assert said is not None
    assert "can be unpacked" in said
    assert said.isprintable()


def test_a_name_may_be_as_long_as_linux_takes_it() -> None:
    assert refusal(HANDLER | {"é" * 127 + "n": b""}, TARGET) is None
