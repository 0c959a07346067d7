"""Tests of manifests and reports of S3 Batch Operations jobs."""

import json
from urllib.parse import unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta import ObjectLocation
from imgmeta.core.events import parse_event
from imgmeta.deployment.core.batch_jobs import (
    BatchJob,
    FailedTask,
    FailureGroups,
    JobStatus,
    ReportFile,
    failed_tasks,
    manifest_lines,
    report_files,
)

COLUMNS = (
    "Bucket",
    "Key",
    "VersionId",
    "TaskStatus",
    "ErrorCode",
    "HTTPStatusCode",
    "ResultMessage",
)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_line_of_a_manifest_names_one_key_in_every_decoding(key: str) -> None:
    (line,) = manifest_lines("holiday", [key])
    assert line.count(b"\n") == 1
    bucket, _, encoded = line.decode("ascii").rstrip("\n").partition(",")
    assert "," not in encoded
    assert (bucket, unquote(encoded), unquote_plus(encoded)) == ("holiday", key, key)
    task = {"taskId": "1", "s3Key": encoded, "s3Bucket": "holiday", "s3VersionId": None}
    event = {"invocationSchemaVersion": "2.0", "invocationId": "i", "tasks": [task]}
    assert [hint.location for hint in parse_event(event).hints] == [ObjectLocation("holiday", key)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            '"holiday","a+b%2B.jpg","","failed","Permanent","200","no, image"',
            "Permanent: no, image",
        ),
        ("holiday,a+b%2B.jpg,,failed,,200,", "no reason given"),
        ("holiday,a+b%2B.jpg", "no reason given"),
    ],
)
def test_failed_task_has_its_reason(line: str, reason: str) -> None:
    location = ObjectLocation("holiday", "a b+.jpg")
    assert list(failed_tasks([line, ""], COLUMNS)) == [FailedTask(location, reason)]


def test_only_files_with_failed_tasks_are_read() -> None:
    results = [
        {"TaskExecutionStatus": status, "Bucket": "reports", "Key": f"job/{status}.csv"}
        for status in ("succeeded", "failed")
    ]
    document = {"ReportSchema": ", ".join(COLUMNS), "Results": results}
    location = ObjectLocation("reports", "job/failed.csv")
    assert report_files(json.dumps(document).encode(), "reports") == [ReportFile(location, COLUMNS)]


def test_failures_are_grouped_in_bounded_memory() -> None:
    groups = FailureGroups()
    for number in range(10_000):
        groups.add(FailedTask(ObjectLocation("holiday", f"{number}.jpg"), f"reason {number // 7}"))
    assert groups.counts.total() == 10_000
    assert len(groups.counts) == 51
    assert groups.counts["reason 0"] == 7
    assert [each.key for each in groups.examples["reason 0"]] == [f"{n}.jpg" for n in range(5)]
    assert groups.counts["other reasons"] == 10_000 - 50 * 7


@pytest.mark.parametrize("status", JobStatus)
def test_only_a_complete_job_without_failures_is_a_success(status: JobStatus) -> None:
    assert BatchJob("j", status).is_success is (status is JobStatus.COMPLETE)
    assert not BatchJob("j", status, failed=1).is_success
