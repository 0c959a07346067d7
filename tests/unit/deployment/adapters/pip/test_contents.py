"""What goes into the function's package, and how it is zipped."""

import io
import stat
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from imgmeta.deployment.adapters.pip.archive import zipped
from imgmeta.deployment.adapters.pip.contents import (
    Distribution,
    distributions,
    own_distribution,
    without_idle_libraries,
)

METADATA = "Metadata-Version: 2.1\nName: Some.Name\nVersion: 2.0\n\nAbout it."


def installed(folder: Path, *names: str, extra: str = "") -> Distribution:
    """Return what is taken of a distribution with these files."""
    for name in (*names, "some_name-2.0.dist-info/METADATA"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(METADATA if name.endswith("METADATA") else name, "utf-8")
    record = "".join(f'"{name}",sha256=x,1\n' for name in (*names, extra) if name)
    metadata = folder / "some_name-2.0.dist-info"
    (metadata / "RECORD").write_text(f"{record}{metadata.name}/METADATA,,\n", "utf-8")
    (found,) = distributions(folder)
    return found


def test_a_distribution_is_called_what_its_metadata_calls_it(tmp_path: Path) -> None:
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
def test_what_the_function_does_without_is_left_out(tmp_path: Path, name: str) -> None:
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
def test_what_the_function_may_need_is_kept(tmp_path: Path, name: str) -> None:
    assert name in installed(tmp_path, name).files


@pytest.mark.parametrize("outside", ["../../bin/program", "/etc/hostname"])
def test_nothing_outside_of_the_folder_is_taken(tmp_path: Path, outside: str) -> None:
    found = installed(tmp_path / "libraries", "some/module.py", extra=outside)

    assert set(found.files) == {"some/module.py", "some_name-2.0.dist-info/METADATA"}


def test_what_no_distribution_lists_is_not_taken(tmp_path: Path) -> None:
    tmp_path.joinpath("left_here.py").touch()

    assert "left_here.py" not in installed(tmp_path, "some/module.py").files


def test_imgmeta_itself_is_taken_from_where_it_runs() -> None:
    own = own_distribution()

    assert (own.name, own.version) == ("imgmeta", version("imgmeta"))
    assert (
        f"Version: {own.version}\n".encode()
        in own.files[f"imgmeta-{own.version}.dist-info/METADATA"]
    )
    assert {"imgmeta/__init__.py", "imgmeta/adapters/s3/store.py"} <= own.files.keys()


@pytest.mark.parametrize("name", ["entrypoints/cli", "deployment", "cloudformation", "py.typed"])
def test_what_only_people_use_of_imgmeta_stays_here(name: str) -> None:
    assert not [path for path in own_distribution().files if name in path]


def test_libraries_that_nothing_kept_needs_are_left_out() -> None:
    files = {
        "PIL/_imaging.so": b"...libtiff-1.so...",
        "pillow.libs/libtiff-1.so": b"...libzstd-2.so...libjpeg-3.so...",
        "pillow.libs/libzstd-2.so": b"",
        "pillow.libs/libjpeg-3.so": b"",
        "pillow.libs/libfreetype-4.so": b"...libharfbuzz-5.so...",
        "pillow.libs/libharfbuzz-5.so": b"...libfreetype-4.so...",
        "readme.txt": b"libfreetype-4.so",
    }

    left_out = files.keys() - without_idle_libraries(files).keys()

    assert left_out == {"pillow.libs/libfreetype-4.so", "pillow.libs/libharfbuzz-5.so"}


def test_a_zip_does_not_tell_in_which_order_its_files_came() -> None:
    files = {"b.py": b"2", "a.py": b"1" * 1_000, "a/c.py": b""}

    assert zipped(files) == zipped(dict(reversed(files.items())))


def test_a_zip_has_files_that_all_may_read_of_no_particular_time() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped({"b.py": b"2", "a.py": b"1" * 1_000}))) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
        assert archive.read("a.py") == b"1" * 1_000

    assert [entry.filename for entry in entries] == ["a.py", "b.py"]
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in entries} == {3}
    assert entries[0].compress_size < 100
