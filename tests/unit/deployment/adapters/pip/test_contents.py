"""Select the files of the package, and zip them."""

import io
import os
import stat
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import imgmeta
from imgmeta.deployment.adapters.pip.archive import zip_files
from imgmeta.deployment.adapters.pip.contents import (
    Distribution,
    distributions,
    own_distribution,
    without_unused_libraries,
)

METADATA = "Metadata-Version: 2.1\nName: Some.Name\nVersion: 2.0\n\nAbout it."


def installed(folder: Path, *names: str, extra: str = "") -> Distribution:
    """Install a distribution with these files; return its packaged files."""
    for name in (*names, "some_name-2.0.dist-info/METADATA"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(METADATA if name.endswith("METADATA") else name, "utf-8")
    record = "".join(f'"{name}",sha256=x,1\n' for name in (*names, extra) if name)
    metadata = folder / "some_name-2.0.dist-info"
    (metadata / "RECORD").write_text(f"{record}{metadata.name}/METADATA,,\n", "utf-8")
    (found,) = distributions(folder)
    return found


def test_name_and_version_come_from_the_metadata(tmp_path: Path) -> None:
    found = installed(tmp_path, "some/module.py")

    assert (found.name, found.version) == ("Some.Name", "2.0")
    assert found.files["some/module.py"] == b"some/module.py"


@pytest.mark.parametrize(
    "name",
    [
        "some/stub.pyi",
        "some/py.typed",
        "some/speedups.c",
        "some/tests/test_it.py",
        "some/__pycache__/module.cpython-313.pyc",
        "bin/program",
        "some_name-2.0.dist-info/INSTALLER",
        "some_name-2.0.dist-info/RECORD",
        "some_name-2.0.dist-info/REQUESTED",
        "some_name-2.0.dist-info/direct_url.json",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/s3/2006-03-01/examples-1.json",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui.js",
        "PIL/_imagingft.cpython-313-aarch64-linux-gnu.so",
    ],
)
def test_unneeded_file_is_excluded(tmp_path: Path, name: str) -> None:
    assert name not in installed(tmp_path, "some/module.py", name).files


@pytest.mark.parametrize(
    "name",
    [
        "some/data.json",
        "some/tested.py",
        "some_name-2.0.dist-info/METADATA",
        "some_name-2.0.dist-info/entry_points.txt",
        "some_name-2.0.dist-info/licenses/LICENSE",
        "botocore/cacert.pem",
        "botocore/data/endpoints.json",
        "botocore/data/s3/2006-03-01/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/sns/2010-03-31/service-2.json.gz",
        "aws_lambda_powertools/logging/logger.py",
        "PIL/_imaging.cpython-313-aarch64-linux-gnu.so",
    ],
)
def test_needed_file_is_packaged(tmp_path: Path, name: str) -> None:
    assert name in installed(tmp_path, name).files


@pytest.mark.parametrize("outside", ["../../bin/program", "/etc/hostname"])
def test_file_outside_of_the_folder_is_excluded(tmp_path: Path, outside: str) -> None:
    found = installed(tmp_path / "libraries", "some/module.py", extra=outside)

    assert set(found.files) == {"some/module.py", "some_name-2.0.dist-info/METADATA"}


def test_file_without_a_record_is_excluded(tmp_path: Path) -> None:
    tmp_path.joinpath("unrecorded.py").touch()

    assert "unrecorded.py" not in installed(tmp_path, "some/module.py").files


def test_imgmeta_is_packaged_from_this_installation() -> None:
    own = own_distribution()

    assert (own.name, own.version) == ("imgmeta", version("imgmeta"))
    assert (
        f"Version: {own.version}\n".encode()
        in own.files[f"imgmeta-{own.version}.dist-info/METADATA"]
    )
    assert {"imgmeta/__init__.py", "imgmeta/adapters/s3/store.py"} <= own.files.keys()


@pytest.mark.parametrize(
    "name", ["entrypoints/cli", "deployment", "cloudformation", "testing", "py.typed"]
)
def test_folder_that_the_function_does_not_import_is_excluded(name: str) -> None:
    assert Path(imgmeta.__file__).with_name(name.partition("/")[0]).exists()
    assert not [path for path in own_distribution().files if name in path]


def first_event(code: str, *path: Path) -> list[str]:
    """Let the handler process an event in a new process; return the output of `code` after it."""
    pytest.importorskip("botocore", reason="needs the extra aws")
    pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")
    start = (
        "import sys\n"
        "import imgmeta.bootstrap.function\n"
        "from imgmeta.entrypoints.aws_lambda import handler\n"
        "handler({'Records': []}, None)\n"
    )
    settings = {"METADATA_TABLE": "images", "AWS_REGION": "us-east-1"}
    # Coverage could not assign a copy of the package to its source files.
    inherited = {name: os.environ[name] for name in os.environ if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        env=inherited | settings | {"PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_function_does_not_import_deployment_or_command_line() -> None:
    imported = first_event("print(*(name for name in sys.modules if name.startswith('imgmeta')))")
    assert "imgmeta.entrypoints.aws_lambda" in imported
    excluded = ("imgmeta.deployment", "imgmeta.cloudformation", "imgmeta.entrypoints.cli")
    assert not [name for name in imported if name.startswith(excluded)]


def test_function_runs_from_the_packaged_files_alone(tmp_path: Path) -> None:
    for name, content in own_distribution().files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    [loaded_from] = first_event("print(imgmeta.__file__)", tmp_path)
    assert Path(loaded_from).samefile(tmp_path / "imgmeta/__init__.py")


def test_libraries_without_users_are_excluded() -> None:
    files = {
        "PIL/_imaging.so": b"...libtiff-1.so...",
        "pillow.libs/libtiff-1.so": b"...libzstd-2.so...libjpeg-3.so...",
        "pillow.libs/libzstd-2.so": b"",
        "pillow.libs/libjpeg-3.so": b"",
        "pillow.libs/libfreetype-4.so": b"...libharfbuzz-5.so...",
        "pillow.libs/libharfbuzz-5.so": b"...libfreetype-4.so...",
        "readme.txt": b"libfreetype-4.so",
    }

    excluded = files.keys() - without_unused_libraries(files).keys()

    assert excluded == {"pillow.libs/libfreetype-4.so", "pillow.libs/libharfbuzz-5.so"}


def test_zip_does_not_depend_on_the_order_of_files() -> None:
    files = {"b.py": b"2", "a.py": b"1" * 1_000, "a/c.py": b""}

    assert zip_files(files) == zip_files(dict(reversed(files.items())))


def test_zip_entries_are_readable_by_all_and_have_a_fixed_time() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_files({"b.py": b"2", "a.py": b"1" * 1_000}))) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
        assert archive.read("a.py") == b"1" * 1_000

    assert [entry.filename for entry in entries] == ["a.py", "b.py"]
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in entries} == {3}
    assert entries[0].compress_size < 100
