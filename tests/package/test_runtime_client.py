"""The package, unpacked, under AWS's own runtime interface client, with a stand-in for its API.

`IMGMETA_TEST_LAMBDA_CLIENT` is a Python in whose environment awslambdaric is, and nothing else of
what the package has; the nox session `package` makes one.
"""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

pytest.importorskip("moto", reason="needs the group test-aws")

from imgmeta.core.records import Status
from imgmeta.deployment.core.packages import HANDLER
from package.runtime_api import RuntimeAPI, runtime_api
from support.aws import emulators

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

pytestmark = pytest.mark.package

PHOTO = Path(__file__).parents[2] / "examples/photos/lighthouse.jpg"
BUCKET, TABLE = "holiday", "images"


@pytest.fixture(scope="module")
def client() -> str:
    if "IMGMETA_TEST_LAMBDA_CLIENT" not in os.environ:
        pytest.skip("IMGMETA_TEST_LAMBDA_CLIENT names no Python: `nox -s package` runs this test")
    return os.environ["IMGMETA_TEST_LAMBDA_CLIENT"]


@pytest.fixture
def aws(moto_server: emulators.Emulator, aws_environment: None) -> "Clients":  # noqa: ARG001 - it sets the scene
    """Return clients of an account with a bucket and a table."""
    moto_server.reset()
    clients = emulators.clients_at(moto_server.url)
    clients.s3.create_bucket(Bucket=BUCKET)
    clients.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "ImageId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "ImageId", "KeyType": "HASH"}],
    )
    return clients


@dataclass(frozen=True)
class Lambda:
    """What it takes to run the package as AWS Lambda does.

    Attributes:
        python: has the client.
        folder: where the package is unpacked.
        url: where AWS is.
        output: the file that all output goes to.
    """

    python: str
    folder: Path
    url: str
    output: Path

    @contextmanager
    def start(
        self, handler: str = HANDLER
    ) -> Generator[tuple[RuntimeAPI, "subprocess.Popen[bytes]"]]:
        """Run it for a while; yields the API that it asks, and the process."""
        with runtime_api() as api, self.output.open("wb") as output:
            environment = {
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "AWS_LAMBDA_FUNCTION_NAME": "images",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/images",
                "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/24/[$LATEST]1",
                "AWS_REGION": emulators.REGION,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_ENDPOINT_URL": self.url,
                "METADATA_TABLE": TABLE,
                "LAMBDA_TASK_ROOT": str(self.folder),
                "PYTHONPATH": str(self.folder),
                "LANG": "en_US.UTF-8",
                "TZ": ":UTC",
                "PATH": "/usr/bin:/bin",
            }
            process = subprocess.Popen(
                [self.python, "-W", "error", "-m", "awslambdaric", handler],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield api, process
            finally:
                process.kill()
                process.wait()


@pytest.fixture
def lambda_(client: str, unpacked: Path, moto_server: emulators.Emulator, tmp_path: Path) -> Lambda:
    return Lambda(client, unpacked, moto_server.url, tmp_path / "output")


@pytest.fixture
def function(lambda_: Lambda, aws: "Clients") -> Iterator[RuntimeAPI]:
    del aws  # it is made before
    with lambda_.start() as (api, _):
        yield api


def in_queue(*keys: str) -> dict[str, Any]:
    """Return a batch that says that these objects were created."""
    records = []
    for number, key in enumerate(keys):
        notice = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2026-11-23T12:00:00.000Z",
            "eventName": "ObjectCreated:Put",
            "s3": {
                "bucket": {"name": BUCKET},
                "object": {"key": key, "sequencer": f"0055AED6DCD90281{number:02X}"},
            },
        }
        records.append(
            {
                "messageId": f"message-{number}",
                "eventSource": "aws:sqs",
                "body": json.dumps({"Records": [notice]}),
            }
        )
    return {"Records": records}


def stored(aws: "Clients") -> dict[str, dict[str, Any]]:
    items: list[dict[str, Any]] = [*aws.dynamodb.scan(TableName=TABLE)["Items"]]
    return {item["ObjectKey"]["S"]: item for item in items}


def test_a_photo_in_a_batch_becomes_a_record(function: RuntimeAPI, aws: "Clients") -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="lighthouse.jpg", Body=PHOTO.read_bytes())

    answer = function.invoke(in_queue("lighthouse.jpg"))

    assert answer.path.endswith("/response")
    assert answer.json == {"batchItemFailures": []}
    record = stored(aws)["lighthouse.jpg"]
    assert record["Status"] == {"S": Status.PROCESSED.value}
    assert (record["Width"], record["Height"]) == ({"N": "480"}, {"N": "320"})


def test_keys_and_answers_may_hold_any_text(function: RuntimeAPI, aws: "Clients") -> None:
    key = "été/東京 🗼+1.jpg"
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=PHOTO.read_bytes())
    event = in_queue("%C3%A9t%C3%A9/東京+🗼%2B1.jpg")
    event["Records"].append({"messageId": "nicht möglich ☂", "eventSource": "aws:sqs", "body": "?"})

    answer = function.invoke(event)

    assert answer.json == {"batchItemFailures": [{"itemIdentifier": "nicht möglich ☂"}]}
    assert stored(aws)[key]["Status"] == {"S": "processed"}


@pytest.fixture
def odd_images() -> dict[str, bytes]:
    """Return an image in each format that is read by Pillow, by the name that records have."""
    images = dict[str, bytes]()
    for name in ("JPEG2000", "ICO", "ICNS", "PPM", "PCX", "SGI", "DDS", "TGA", "QOI"):
        content = io.BytesIO()
        Image.new("RGB", (32, 32), "teal").save(content, name)
        images[name] = content.getvalue()
    return images


def test_formats_that_only_pillow_knows_are_read_by_the_pillow_that_is_packed(
    function: RuntimeAPI, aws: "Clients", odd_images: dict[str, bytes]
) -> None:
    for name, content in odd_images.items():
        aws.s3.put_object(Bucket=BUCKET, Key=f"{name}.jpg", Body=content)

    function.invoke(in_queue(*(f"{name}.jpg" for name in odd_images)))

    found = {key: item.get("Format", item.get("Error")) for key, item in stored(aws).items()}
    assert found == {f"{name}.jpg": {"S": name} for name in odd_images}


def test_what_is_no_event_is_reported_as_an_error(function: RuntimeAPI) -> None:
    answer = function.invoke({"something": "else"})

    assert answer.path.endswith("/error")
    assert answer.json["errorType"] == "InvalidEventError"
    assert answer.json["errorMessage"].startswith("unsupported event: ")
    trace = "".join(answer.json["stackTrace"])
    assert "imgmeta/entrypoints/aws_lambda/" in trace
    assert "raise InvalidEventError" in trace  # the source is there to be shown
    assert function.invoke(in_queue("gone.jpg")).json == {"batchItemFailures": []}


def test_a_handler_that_is_not_there_is_reported_as_an_error_of_the_start(lambda_: Lambda) -> None:
    with lambda_.start(f"{HANDLER}s") as (api, process):
        answer = api.answer()

        assert answer.path == "init/error"
        assert answer.json["errorType"] == "Runtime.HandlerNotFound"
        assert process.wait(30) != 0


def test_what_is_logged_is_json(lambda_: Lambda, aws: "Clients") -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="lighthouse.jpg", Body=PHOTO.read_bytes())
    with lambda_.start() as (api, _):
        api.invoke(in_queue("lighthouse.jpg"))

    lines = [json.loads(line) for line in lambda_.output.read_text("utf-8").splitlines()]
    assert {line["level"] for line in lines if "level" in line} == {"INFO"}
    assert [line["ImagesProcessed"] for line in lines if "_aws" in line] == [[1.0]]


@pytest.mark.usefixtures("aws")
def test_nothing_is_compiled_at_the_start(lambda_: Lambda, tmp_path: Path) -> None:
    copy = tmp_path / "task"
    shutil.copytree(lambda_.folder, copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755)  # whoever runs this could write bytecode
    handler = copy / "imgmeta/entrypoints/aws_lambda/__init__.py"
    handler.write_text("raise SystemExit('this source was read')\n", "utf-8")
    before = files_in(copy)

    with replace(lambda_, folder=copy).start() as (api, _):
        assert api.invoke(in_queue("gone.jpg")).json == {"batchItemFailures": []}

    assert files_in(copy) == before


def files_in(folder: Path) -> dict[Path, int]:
    """Return when each file was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
