"""The command `imgmeta read`: files, S3, web servers and standard input."""

import io
import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta import read_properties
from imgmeta.core.properties import ImageProperties
from support.aws.moto import HAS_AWS, move_to_storage_class, s3_in_memory
from support.cli.command_line import Cli
from support.http.file_server import FileServer, Response, file_server, ranged
from support.images.samples import app1_exif, exif, jpeg

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
TOWER = PHOTOS / "tower.jpg"
ATTRIBUTES = {str(field.alias) for field in ImageProperties.model_fields.values()}
POSITIONED = jpeg(app1_exif(exif()))


def stored(properties: ImageProperties) -> Mapping[str, object]:
    return properties.model_dump(mode="json", by_alias=True, exclude_none=True)


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Make standard input a pipe with some bytes."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Pipe(data), isatty=lambda: False))


def record_requests(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Return a list to which each request to AWS adds its operation and who pays for it."""
    from botocore.client import BaseClient  # noqa: PLC0415 - requires the extra `aws`

    requests: list[tuple[str, str | None]] = []
    convert = BaseClient._convert_to_request_dict  # type: ignore[attr-defined]  # noqa: SLF001 - botocore has no event for all clients

    def record(client: BaseClient, **arguments: Any) -> object:  # noqa: ANN401 - as botocore's method
        payer = arguments["api_params"].get("RequestPayer")
        requests.append((arguments["operation_model"].name, payer))
        return convert(client, **arguments)

    monkeypatch.setattr(BaseClient, "_convert_to_request_dict", record)
    return requests


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server(ranged(TOWER.read_bytes())) as running:
        yield running


@pytest.mark.parametrize("photo", sorted(PHOTOS.glob("*.*")), ids=lambda path: path.name)
def test_json_is_the_image_attributes_of_the_record(cli: Cli, photo: Path) -> None:
    (record,) = cli("sync", photo, "--json").json
    read = cli("read", photo, "--json")

    assert (read.code, read.err) == (0, "")
    assert read.json == [{name: record[name] for name in record if name in ATTRIBUTES}]


def test_text_is_the_image_part_of_show(cli: Cli) -> None:
    cli("sync", TOWER)
    shown = cli("show", TOWER).out
    read = cli("read", TOWER)

    assert read.lines[:3] == [str(TOWER), "", "Image"]
    assert (
        shown.partition("\nImage\n")[2].partition("\nIndex\n")[0]
        == (read.out.partition("\nImage\n")[2])
    )
    assert read.err == ""


def test_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    assert cli("read", TOWER).code == 0
    assert list(tmp_path.iterdir()) == []


def test_incomplete_image_is_marked(cli: Cli) -> None:
    read = cli("read", PHOTOS / "half-sent.jpg")

    assert (read.code, read.lines[1]) == (0, "incomplete: the file is cut short")


def test_file_without_a_known_suffix_is_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(TOWER.read_bytes())

    assert cli("read", "photo").code == 0


@pytest.mark.parametrize("name", ["a b#%20'\".jpg", "\N{GRINNING FACE}\n.jpg", "\udcff\x1b.jpg"])
def test_file_with_an_odd_name_is_read(cli: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TOWER.read_bytes())
    read = cli("read", name)

    assert (read.code, read.lines[1:3]) == (0, ["", "Image"])
    assert "\x1b" not in read.out


def test_unreadable_image_is_one_line_and_exit_code_1(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "\x1bbad.jpg").write_bytes(b"no image")
    for options in ([], ["--json"]):
        assert cli("read", "\x1bbad.jpg", *options) == (
            1,
            "",
            "imgmeta: cannot read \\x1bbad.jpg: not an image format that imgmeta reads\n",
        )


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("missing.jpg", "'missing.jpg' does not exist: use a file, s3://bucket/key or https://"),
        (".", ". is a folder: pass one image"),
        ("s3://holiday", "s3://holiday is not an image: pass a key, "),
        ("ftp://a/b.jpg", "unsupported scheme ftp://: use a file, s3://bucket/key or https://"),
        ("https://user:secret@a/b.jpg", "invalid URL 'https://***@a/b.jpg': user names "),
        ("", "the path is empty: use a file, s3://bucket/key or https://"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(cli: Cli, argument: str, message: str) -> None:
    read = cli("read", argument)

    assert (read.code, read.out, read.err.count("\n")) == (2, "", 1)
    assert read.err.startswith(f"imgmeta: {message}")


@pytest.mark.parametrize(
    ("policy", "position"),
    [("keep", (-33.875, -12.5)), ("round", (-33.88, None)), ("drop", (None, None))],
)
def test_gps_policy_is_respected(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    position: tuple[float | None, float | None],
) -> None:
    (tmp_path / "a.jpg").write_bytes(POSITIONED)
    monkeypatch.setenv("IMGMETA_GPS", policy)
    pipe(monkeypatch, POSITIONED)
    for argument in ("a.jpg", "-"):
        (properties,) = cli("read", argument, "--json").json
        assert (properties.get("Latitude"), properties.get("Altitude")) == position
    text = cli("read", "a.jpg").out
    assert ("Latitude" in text, "Altitude" in text) == tuple(map(bool, position))


def test_standard_input_from_a_pipe_is_read(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, TOWER.read_bytes())
    read = cli("read", "-")

    assert (read.code, read.lines[0]) == (0, "standard input")


def test_process_reads_a_pipe_of_bytes() -> None:
    code = "from imgmeta.entrypoints.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "read", "-", "--json"],
        input=TOWER.read_bytes(),
        capture_output=True,
        check=False,
        timeout=300,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == stored(read_properties(TOWER))


def test_standard_input_from_a_file_is_read_from_its_position(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO(b"skipped" + TOWER.read_bytes())
    file.seek(7)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))

    assert cli("read", "-", "--json").json == [stored(read_properties(TOWER))]


def test_unreadable_standard_input_is_exit_code_1(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, b"")

    assert cli("read", "-")[::2] == (1, "imgmeta: cannot read standard input: an empty file\n")


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (None, "standard input is closed: pass a file or a URL"),
        (SimpleNamespace(isatty=lambda: True), "standard input is a terminal: pass a file"),
    ],
)
def test_missing_standard_input_is_exit_code_2(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, stdin: object, message: str
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    read = cli("read", "-")

    assert (read.code, read.out) == (2, "")
    assert read.err.startswith(f"imgmeta: {message}")


def test_image_on_a_web_server_is_read_in_one_request(cli: Cli, server: FileServer) -> None:
    url = f"{server.url}/tower.jpg?X-Amz-Signature=secret"
    read = cli("read", url, "--json")

    assert read.json == [stored(read_properties(TOWER))]
    assert len(server.requests) == 1
    assert cli("read", url).lines[0] == f"{server.url}/tower.jpg?***"


@pytest.mark.parametrize(("status", "code"), [(403, 1), (404, 2), (503, 1)])
def test_error_of_a_web_server_has_an_exit_code(
    cli: Cli, server: FileServer, status: int, code: int
) -> None:
    server.respond = lambda _path, _headers: Response(status)
    read = cli("read", f"{server.url}/a.jpg?token=secret")

    assert (read.code, read.out) == (code, "")
    assert read.err.startswith(f"imgmeta: cannot read {server.url}/a.jpg?***: HTTP {status} ")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Generator["S3Client"]:
    """Return the client of an account with the bucket `holiday`."""
    if not HAS_AWS:
        pytest.skip("needs the extra aws and moto")
    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="holiday")
        yield client


@pytest.mark.parametrize(("options", "payer"), [([], None), (["--request-payer"], "requester")])
def test_object_is_read_in_one_request(
    cli: Cli,
    s3: "S3Client",
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    payer: str | None,
) -> None:
    s3.put_object(Bucket="holiday", Key="a b.bin", Body=TOWER.read_bytes())
    requests = record_requests(monkeypatch)
    read = cli("read", "s3://holiday/a b.bin", "--json", *options)

    assert (read.code, read.err) == (0, "")
    assert read.json == [stored(read_properties(TOWER))]
    assert requests == [("GetObject", payer)]


def test_missing_object_is_exit_code_2(cli: Cli, s3: "S3Client") -> None:
    assert s3.list_buckets()["Buckets"]
    assert cli("read", "s3://holiday/a.jpg") == (
        2,
        "",
        "imgmeta: s3://holiday/a.jpg does not exist: pass the URI of an image\n",
    )


def test_archived_object_is_exit_code_1(cli: Cli, s3: "S3Client") -> None:
    s3.put_object(Bucket="holiday", Key="a.jpg", Body=b"x")
    move_to_storage_class("holiday", "a.jpg", "GLACIER")
    read = cli("read", "s3://holiday/a.jpg")

    assert (read.code, read.out) == (1, "")
    assert read.err.startswith("imgmeta: cannot read s3://holiday/a.jpg: archived (GLACIER)")
