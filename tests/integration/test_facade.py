"""The exports of `imgmeta`, and installations without optional dependencies."""

import re
import subprocess
import sys
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import FunctionType, UnionType
from typing import get_args, get_type_hints

import pytest

import imgmeta
from imgmeta import ports
from imgmeta.bootstrap import open_repository

EXTRAS = ("boto3", "botocore", "jinja2", "typer", "rich", "pillow_heif", "pyarrow", "vl_convert")
WITHOUT_EXTRAS = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS!r}))\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_exports_are_unique() -> None:
    assert len(set(imgmeta.__all__)) == len(imgmeta.__all__)


def test_dir_lists_the_exports() -> None:
    assert dir(imgmeta) == sorted(imgmeta.__all__)


@pytest.mark.parametrize("module", ["errors", "ports"])
def test_every_public_name_is_exported(module: str) -> None:
    names = import_module(f"imgmeta.{module}").__all__

    assert set(names) <= set(imgmeta.__all__)


def types_in(annotation: object) -> Iterator[object]:
    """Yield the imgmeta types in an annotation, inside unions and generics too."""
    if getattr(annotation, "__module__", "").startswith("imgmeta."):
        yield annotation
    for argument in get_args(annotation):
        for each in argument if isinstance(argument, list) else [argument]:
            yield from types_in(each)


def port_functions() -> list[FunctionType]:
    members = [each for port in ports.__all__ for each in vars(getattr(ports, port)).values()]
    functions = [each.fget if isinstance(each, property) else each for each in members]
    return [each for each in functions if isinstance(each, FunctionType)]


def test_every_type_in_the_signature_of_a_port_is_exported() -> None:
    exported = {name: getattr(imgmeta, name) for name in imgmeta.__all__}
    numbers = {id(each) for each in exported.values()}
    # The ports import the types of their signatures for type checkers only.
    others = {
        "AbstractContextManager": AbstractContextManager,
        "Callable": Callable,
        "Collection": Collection,
        "Hashable": Hashable,
        "Iterable": Iterable,
        "Iterator": Iterator,
        "Sequence": Sequence,
        "datetime": datetime,
    }
    known = {**exported, **others}
    types = {
        id(each): each
        for function in port_functions()
        for annotation in get_type_hints(function, localns=known).values()
        for each in types_in(annotation)
    }

    assert len(types) > 12
    assert [each for number, each in types.items() if number not in numbers] == []


def test_every_union_in_the_signature_of_a_port_is_exported() -> None:
    names = {
        name
        for function in port_functions()
        for annotation in function.__annotations__.values()
        for name in re.findall(r"\w+", str(annotation))
    }
    unions = {name for name in names if isinstance(getattr(imgmeta, name, None), UnionType)}

    assert unions == {"Listing", "Observation", "WriteCondition"}


@pytest.mark.parametrize("name", ["image_id", "Hint", "encode_hint", "TransientError"])
def test_names_that_need_no_model_do_not_import_pydantic(name: str) -> None:
    done = run(f"import sys; from imgmeta import {name}; print('pydantic' in sys.modules)")

    assert (done.returncode, done.stdout.strip()) == (0, "False")


def test_imgmeta_can_be_imported_without_extras() -> None:
    done = run(WITHOUT_EXTRAS + "from imgmeta import *; print(image_id('holiday', 'a.jpg'))")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == imgmeta.image_id("holiday", "a.jpg")


def test_imgmeta_imports_neither_adapters_nor_their_dependencies() -> None:
    forbidden = ["PIL", "sqlite3", "imgmeta.adapters", "imgmeta.entrypoints", *EXTRAS]
    done = run(
        "import sys\n"
        "before = set(sys.modules)\n"
        "from imgmeta import *\n"
        f"print(sorted({{*{forbidden!r}}} & (sys.modules.keys() - before)))"
    )

    assert (done.returncode, done.stdout.strip()) == (0, "[]")


def test_only_functions_that_choose_an_adapter_import_the_wiring() -> None:
    names = sorted({*imgmeta.__all__} - {"export_records", "read_properties"})
    done = run(
        "import sys\n"
        f"from imgmeta import {', '.join(names)}\n"
        "print('imgmeta.bootstrap' in sys.modules)"
    )

    assert (done.returncode, done.stdout.strip()) == (0, "False")


def test_read_properties_needs_no_extra_and_no_pillow_for_a_jpeg() -> None:
    photo = Path(__file__).parents[2] / "examples" / "photos" / "tower.jpg"
    done = run(
        WITHOUT_EXTRAS + "from imgmeta import read_properties\n"
        f"print(read_properties({str(photo)!r}).format, 'PIL' in sys.modules)"
    )

    assert (done.returncode, done.stdout.strip()) == (0, "JPEG False")


def test_bootstrap_can_be_imported_without_extras() -> None:
    done = run(WITHOUT_EXTRAS + "import imgmeta.bootstrap")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["--version"], ["sync", "."]])
def test_missing_cli_extra_is_reported_on_one_line(arguments: list[str]) -> None:
    done = run(
        WITHOUT_EXTRAS + f"sys.argv[1:] = {arguments!r}\n"
        "from imgmeta.entrypoints.cli import main\n"
        "main()"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'imgmeta[cli]'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "s3://holiday"],
        ["reprocess", "s3://holiday/a.jpg"],
        ["stats", "--store", "dynamodb://images"],
        ["sync", ".", "--store", "dynamodb://images"],
    ],
)
def test_missing_aws_extra_is_reported_and_no_index_is_created(
    arguments: list[str], tmp_path: Path
) -> None:
    pytest.importorskip("typer", reason="needs the extra cli")
    with open_repository(f"sqlite:///{tmp_path}/imgmeta.db"):
        pass
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = run(
        "import sys, os; sys.modules.update(dict.fromkeys(['boto3', 'botocore']))\n"
        f"sys.argv[1:] = {arguments!r}; os.chdir({str(tmp_path)!r})\n"
        "from imgmeta.entrypoints.cli import main\n"
        "main()"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "imgmeta: buckets and tables on AWS need boto3: pip install 'imgmeta[aws]'\n"
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
