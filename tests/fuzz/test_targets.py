"""No target breaks a law for damaged inputs, and for the inputs that once broke one."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.image_targets import check_format, format_seeds, with_signature
from fuzz.targets import FINDINGS, TARGETS
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.registry import FORMATS, SIGNATURE_LENGTH, ImageFormat
from imgmeta.formats.window import Window
from support.images.damage import damaged

PNG = next(each for each in FORMATS if each.name == "PNG")
KEPT = sorted(path for path in FINDINGS.rglob("*") if path.is_file())


def raise_index_error(*_: object) -> None:
    raise IndexError


def test_undocumented_exception_breaks_a_law() -> None:
    check = check_format(PNG._replace(parse=raise_index_error))
    with pytest.raises(IndexError):
        check(b"")


def test_different_results_for_the_same_bytes_break_a_law() -> None:
    sizes = iter(range(1, 3))

    def parse(_: Window, header: ImageHeader) -> None:
        header.width = header.height = next(sizes)

    with pytest.raises(AssertionError):
        check_format(PNG._replace(parse=parse))(b"")


@pytest.mark.parametrize("path", KEPT, ids=[f"{path.parent.name}-{path.name}" for path in KEPT])
def test_kept_input_breaks_no_law(path: Path) -> None:
    TARGETS[path.parent.name].check(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@given(damage=st.randoms(use_true_random=False))
def test_damaged_input_breaks_no_law(name: str, damage: random.Random) -> None:
    seeds = TARGETS[name].seeds()
    TARGETS[name].check(damaged(damage.choice(seeds), damage, damage.choice(seeds)))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_many_damaged_inputs_break_no_law(name: str) -> None:
    seeds, damage = TARGETS[name].seeds(), random.Random(name)
    for _ in range(1_000):
        TARGETS[name].check(damaged(damage.choice(seeds), damage, damage.choice(seeds)))


@pytest.mark.parametrize("image_format", FORMATS, ids=lambda each: str(each.name))
def test_format_parser_gets_only_files_with_its_signature(image_format: ImageFormat) -> None:
    assert format_seeds(image_format)
    assert image_format.matches(with_signature(image_format, b"?" * 100)[:SIGNATURE_LENGTH])
