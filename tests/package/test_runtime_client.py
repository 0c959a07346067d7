"""The unpacked package, run by AWS's runtime interface client against a local Runtime API.

`IMGMETA_TEST_LAMBDA_CLIENT` is a Python whose environment contains awslambdaric, and no library of
the package; the nox session `package` creates one.
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
        pytest.skip("IMGMETA_TEST_LAMBDA_CLIENT is not set: run `nox -s package`")
    return os.environ["IMGMETA_TEST_LAMBDA_CLIENT"]


@pytest.fixture
def aws(moto_server: emulators.Emulator, aws_environment: None) -> "Clients":  # noqa: ARG001 - sets the environment
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
    """Runs the package as AWS Lambda does.

    Attributes:
        python: the Python with the runtime interface client.
        folder: the unpacked package.
        url: the endpoint of AWS.
        output: the file for all output.
    """

    python: str
    folder: Path
    url: str
    output: Path

    @contextmanager
    def start(
        self, handler: str = HANDLER
    ) -> Generator[tuple[RuntimeAPI, "subprocess.Popen[bytes]"]]:
        """Start the client; yield its Runtime API and its process, which is killed at the end."""
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
    del aws  # bucket and table must exist first
    with lambda_.start() as (api, _):
        yield api


def sqs_event(*keys: str) -> dict[str, Any]:
    """Return an SQS event with a creation notification for each key."""
    records = []
    for number, key in enumerate(keys):
        notification = {
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
                "body": json.dumps({"Records": [notification]}),
            }
        )
    return {"Records": records}


def stored_items(aws: "Clients") -> dict[str, dict[str, Any]]:
    items: list[dict[str, Any]] = [*aws.dynamodb.scan(TableName=TABLE)["Items"]]
    return {item["ObjectKey"]["S"]: item for item in items}


def test_photo_in_a_batch_is_recorded(function: RuntimeAPI, aws: "Clients") -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="lighthouse.jpg", Body=PHOTO.read_bytes())

    response = function.invoke(sqs_event("lighthouse.jpg"))

    assert response.path.endswith("/response")
    assert response.json == {"batchItemFailures": []}
    record = stored_items(aws)["lighthouse.jpg"]
    assert record["Status"] == {"S": Status.PROCESSED.value}
    assert (record["Width"], record["Height"]) == ({"N": "480"}, {"N": "320"})


def test_keys_and_responses_may_contain_any_text(function: RuntimeAPI, aws: "Clients") -> None:
    key = "été/東京 🗼+1.jpg"
    aws.s3.put_object(Bucket=BUCKET, Key=key, Body=PHOTO.read_bytes())
    event = sqs_event("%C3%A9t%C3%A9/東京+🗼%2B1.jpg")
    event["Records"].append({"messageId": "nicht möglich ☂", "eventSource": "aws:sqs", "body": "?"})

    response = function.invoke(event)

    assert response.json == {"batchItemFailures": [{"itemIdentifier": "nicht möglich ☂"}]}
    assert stored_items(aws)[key]["Status"] == {"S": "processed"}


@pytest.fixture
def pillow_images() -> dict[str, bytes]:
    """Return an image in each format that Pillow reads, by the format's name in records."""
    images = dict[str, bytes]()
    for name in ("JPEG2000", "ICO", "ICNS", "PPM", "PCX", "SGI", "DDS", "TGA", "QOI"):
        content = io.BytesIO()
        Image.new("RGB", (32, 32), "teal").save(content, name)
        images[name] = content.getvalue()
    return images


def test_packaged_pillow_reads_the_formats_that_only_pillow_supports(
    function: RuntimeAPI, aws: "Clients", pillow_images: dict[str, bytes]
) -> None:
    for name, content in pillow_images.items():
        aws.s3.put_object(Bucket=BUCKET, Key=f"{name}.jpg", Body=content)

    function.invoke(sqs_event(*(f"{name}.jpg" for name in pillow_images)))

    found = {key: item.get("Format", item.get("Error")) for key, item in stored_items(aws).items()}
    assert found == {f"{name}.jpg": {"S": name} for name in pillow_images}


def test_invalid_event_is_reported_as_an_error(function: RuntimeAPI) -> None:
    response = function.invoke({"something": "else"})

    assert response.path.endswith("/error")
    assert response.json["errorType"] == "InvalidEventError"
    assert response.json["errorMessage"].startswith("unsupported event: ")
    trace = "".join(response.json["stackTrace"])
    assert "imgmeta/entrypoints/aws_lambda/" in trace
    assert "raise InvalidEventError" in trace  # tracebacks show the packaged source
    assert function.invoke(sqs_event("gone.jpg")).json == {"batchItemFailures": []}


def test_missing_handler_is_reported_as_an_init_error(lambda_: Lambda) -> None:
    with lambda_.start(f"{HANDLER}s") as (api, process):
        response = api.response()

        assert response.path == "init/error"
        assert response.json["errorType"] == "Runtime.HandlerNotFound"
        assert process.wait(300) != 0


def test_log_lines_are_json(lambda_: Lambda, aws: "Clients") -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="lighthouse.jpg", Body=PHOTO.read_bytes())
    with lambda_.start() as (api, _):
        api.invoke(sqs_event("lighthouse.jpg"))

    lines = [json.loads(line) for line in lambda_.output.read_text("utf-8").splitlines()]
    assert {line["level"] for line in lines if "level" in line} == {"INFO"}
    assert [line["ImagesProcessed"] for line in lines if "_aws" in line] == [[1.0]]


@pytest.mark.usefixtures("aws")
def test_cold_start_compiles_no_module(lambda_: Lambda, tmp_path: Path) -> None:
    copy = tmp_path / "task"
    shutil.copytree(lambda_.folder, copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755)  # Python could write bytecode here
    handler = copy / "imgmeta/entrypoints/aws_lambda/__init__.py"
    handler.write_text("raise SystemExit('this source was compiled')\n", "utf-8")
    before = modification_times(copy)

    with replace(lambda_, folder=copy).start() as (api, _):
        assert api.invoke(sqs_event("gone.jpg")).json == {"batchItemFailures": []}

    assert modification_times(copy) == before


def modification_times(folder: Path) -> dict[Path, int]:
    """Return the modification time of each file."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
