"""Commands in pipes: every command takes what another one printed, whatever the names are."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

pytest.importorskip("moto", reason="needs the extra aws and moto")

from imgmeta.adapters.dynamodb import create_table
from imgmeta.bootstrap import open_repository
from imgmeta.core.ordering import IfRevision
from imgmeta.testing.strategies.record_examples import image_record
from support.aws.emulators import Emulator, clients_at

BASH = shutil.which("bash") or ""
IMGMETA = shlex.join([sys.executable, "-c", "from imgmeta.entrypoints.cli import main; main()"])
URIS = shlex.join(
    [
        sys.executable,
        "-c",
        "import json, sys\nfor line in sys.stdin: print(json.loads(line)['Uri'])",
    ]
)
NAMES = [
    *("plain.png", "a b.png", " lead.png", "new\nline.png", "'single'.png", '"double".png'),
    *("#1.png", "a?b.png", "100%.png", "a%20b.png", "a%2520b.png", "%FF.png", "a+b.png", "é.png"),
    *("🏖.png", "-dash.png", "back\\slash.png", "\x1b[2J\u202e.png", "$(x) `y`;&|.png", "*.png"),
    "?Signature=1.png",
]
ODD_KEYS = ["a//b.png", "/lead.png", "//.png", "a/./b.png", "a/../b.png", "s3://c/d.png"]

PNG = (Path(__file__).parents[2] / "examples" / "photos" / "logo.png").read_bytes()

pytestmark = pytest.mark.skipif(not (BASH and shutil.which("xargs")), reason="needs bash and xargs")


def shell(command: str, folder: Path) -> str:
    """Return the output of a shell command, in which `imgmeta` runs this package."""
    environment = {**os.environ, "PYTHONIOENCODING": ""}
    done = subprocess.run(
        [BASH, "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()


def uris(output: str) -> list[str]:
    return sorted(json.loads(line)["Uri"] for line in output.splitlines())


def create_index(folder: Path) -> Path:
    """Index files with odd names, all below `photos`; return the working directory."""
    photos = os.fsencode(folder / "photos" / "in a folder")
    os.makedirs(photos)  # noqa: PTH103 - a path of bytes
    for name in [*map(os.fsencode, NAMES), b"\xff\xc3.png", b"\xee\xbe\xff.png"]:
        with open(photos + b"/" + name, "wb") as file:  # noqa: PTH123 - as above
            file.write(PNG)
    shell(f"{IMGMETA} sync photos", folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_index(tmp_path_factory.mktemp("folder"))


@pytest.fixture(scope="module")
def expected(folder: Path) -> list[str]:
    return sorted(path.as_uri() for path in folder.rglob("*.png"))


def test_uris_in_json_are_those_of_the_files(folder: Path, expected: list[str]) -> None:
    assert len(expected) == len(NAMES) + 2
    assert uris(shell(f"{IMGMETA} list --json", folder)) == expected


@pytest.mark.parametrize(
    "pipe",
    [
        pytest.param(
            f"list --json | {URIS} | xargs -d '\\n' -n5 {IMGMETA} show --json",
            marks=pytest.mark.slow,
        ),
        pytest.param(f"list --json | {URIS} | xargs {IMGMETA} show --json", marks=pytest.mark.slow),
        pytest.param(f"list -0 | xargs -0 {IMGMETA} show --json", marks=pytest.mark.slow),
        f"list --null | {IMGMETA} show --stdin --null --json",
        pytest.param(
            f"list --json | {URIS} | {IMGMETA} show --stdin --json", marks=pytest.mark.slow
        ),
        f"list --json | {IMGMETA} show --stdin --json",
        pytest.param(
            f"reprocess photos --dry-run 2>/dev/null | xargs -d '\\n' {IMGMETA} show --json",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            f"reprocess photos --dry-run 2>/dev/null | {IMGMETA} show --stdin --json",
            marks=pytest.mark.slow,
        ),
        f"list -0 | {IMGMETA} reprocess --stdin -0 --json 2>/dev/null",
    ],
)
def test_printed_files_are_targets(folder: Path, expected: list[str], pipe: str) -> None:
    assert uris(shell(f"{IMGMETA} {pipe}", folder)) == expected


@pytest.mark.slow  # one process for each file
@pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")
def test_uris_pass_through_jq_one_by_one(folder: Path) -> None:
    command = (
        f"{IMGMETA} list --json --prefix 'photos/in a folder/a' | jq -r .Uri | "
        f"xargs -d '\\n' -n1 {IMGMETA} show --json"
    )
    found = [
        Path(json.loads(line)["ObjectKey"]).name for line in shell(command, folder).splitlines()
    ]
    assert sorted(found) == sorted(name for name in NAMES if name.startswith("a"))


@pytest.mark.slow
def test_differences_are_targets_of_reprocess(tmp_path: Path) -> None:
    folder = create_index(tmp_path)
    shutil.rmtree(folder / "photos")
    (folder / "photos").mkdir()
    piped = f"{IMGMETA} verify photos --json | {IMGMETA} reprocess --stdin --json 2>/dev/null"
    done = subprocess.run([BASH, "-c", piped], cwd=folder, capture_output=True, check=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["Status"] for each in records] == ["deleted"] * (len(NAMES) + 2)
    again = f"{IMGMETA} list --status deleted -0 | {IMGMETA} verify --stdin -0 2>&1"
    assert shell(again, folder) == "0 differences, 0 unchanged.\n"


SHOW = [
    f"list --json | {URIS} | xargs -d '\\n' {IMGMETA} show --json",
    f"list -0 | {IMGMETA} show --stdin -0 --json",
]
SELECT = "reprocess --stdin -0 --dry-run 2>/dev/null"
READ = [
    f"list -0 | {IMGMETA} reprocess --stdin -0 --json 2>/dev/null",
    f"list -0 | {IMGMETA} {SELECT} | xargs -d '\\n' {IMGMETA} show --json",
    f"list --json | {IMGMETA} sync --stdin >/dev/null && {IMGMETA} list --json",
]


def quiet(pipe: str) -> str:
    """Return a pipe whose `list` does not print what it costs to read the table."""
    return pipe.replace("list ", "list -q ")


@pytest.mark.slow  # starts a server, and a dozen processes that use it
def test_printed_objects_are_targets(
    aws_environment: None,
    moto_server: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    del aws_environment
    name = f"holiday-{uuid4().hex}"
    clients = clients_at(moto_server.url)
    clients.s3.create_bucket(Bucket=name)
    create_table(clients.dynamodb, name)
    newline = "new\nline.png"  # moto does not support such keys, but the index does
    keys = [each for each in NAMES if each != newline] + ODD_KEYS
    for key in keys:
        clients.s3.put_object(Bucket=name, Key=key, Body=PNG)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    monkeypatch.setenv("IMGMETA_STORE", f"dynamodb://{name}")

    shell(f"{IMGMETA} sync s3://{name}", tmp_path)
    expected = sorted(f"s3://{name}/{quote(key)}" for key in keys)
    assert uris(shell(f"{IMGMETA} list -q --json", tmp_path)) == expected
    for pipe in READ:
        assert uris(shell(f"{IMGMETA} {quiet(pipe)}", tmp_path)) == expected, pipe
    with open_repository(f"dynamodb://{name}") as repository:
        repository.put(image_record(newline, bucket_name=name), IfRevision(None))
    for pipe in SHOW:
        found = uris(shell(f"{IMGMETA} {quiet(pipe)}", tmp_path))
        assert found == sorted([*expected, f"s3://{name}/new%0Aline.png"]), pipe
