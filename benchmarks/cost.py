"""Count what a million images cost with the function, beside another handler.

    python benchmarks/cost.py [ORIGINAL.py] [--creates 100] [--duplicates 5] [--deletes 10]

Sends a mix of events to imgmeta in batches of SQS messages, as the template's event source does,
and the created objects to `lambda_handler` of the other file, one invocation for each, as S3
invokes it directly. Both use an emulator that counts requests and DynamoDB's units
(`counting_server.py`). Then measures the duration of both against a stub with latency
(`stub_aws.py`). The usage is that of a million created images with their share of duplicates and
deletions:

    cost = sum of units x price
    GB-seconds = (waiting + CPU time / (memory / 1,769 MB)) x memory, for each invocation

Prices are arguments: `prices.py` has their sources.
"""

import argparse
import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from counting_server import CountingServer, counting_server
from handler_process import (
    BUCKET,
    HandlerProcess,
    aws_environment,
    handler_process,
    notification,
    stub_process,
    upload_photos,
)
from prices import X86_GB_SECOND, Prices, Usage, billed_gb_seconds, cost_of

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import create_table, table_definition

MILLION = 1_000_000
LABELS = {
    "s3_get": "S3 GET and HEAD requests",
    "write_unit": "DynamoDB write request units",
    "read_unit": "DynamoDB read request units",
    "sqs_request": "SQS requests",
    "invocation": "Lambda invocations",
    "gb_second": "Lambda GB-seconds",
    "publish": "SNS messages",
    "email": "emails to one address",
    "log_gb": "GB of logs",
}
TABLES = ("cost-imgmeta", "cost-original")
_SQS_REQUESTS_OF_A_BATCH = 2
"""ReceiveMessage and DeleteMessageBatch of the event source; S3's SendMessage is for each event."""


@dataclass(frozen=True, slots=True)
class Events:
    """A mix of events.

    Attributes:
        creates: created objects.
        duplicates: how many of these events are delivered again.
        deletes: how many of the objects are deleted.
    """

    creates: int
    duplicates: int
    deletes: int

    @property
    def total(self) -> int:
        """All events."""
        return self.creates + self.duplicates + self.deletes


def sqs_event(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a batch of SQS messages with one record each."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "eventSource": "aws:sqs",
                "body": json.dumps({"Records": [record]}),
            }
            for number, record in enumerate(records)
        ]
    }


def records_of(keys: Iterable[str], turn: int, name: str) -> list[dict[str, Any]]:
    """Return the record of an event for each key."""
    records: list[dict[str, Any]] = notification(keys, turn, name=name)["Records"]
    return records


def prepare(url: str, count: int) -> list[str]:
    """Create photos and tables; return the keys."""
    os.environ.update(aws_environment(url))
    clients = Clients(endpoint_url=url)
    keys = upload_photos(clients.s3, count)
    create_table(clients.dynamodb, TABLES[0])
    definition = table_definition(TABLES[1])
    # The original's table has one index, by the second of the upload.
    definition["GlobalSecondaryIndexes"] = [
        {
            "IndexName": "UploadTimestampIndex",
            "KeySchema": [{"AttributeName": "UploadTimestamp", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]
    definition["AttributeDefinitions"] = [
        {"AttributeName": "ImageId", "AttributeType": "S"},
        {"AttributeName": "UploadTimestamp", "AttributeType": "N"},
    ]
    clients.dynamodb.create_table(**definition)
    return keys


def send(handle: HandlerProcess, records: list[dict[str, Any]], size: int) -> tuple[int, int]:
    """Send records in batches of SQS messages; return the batches and the logged bytes."""
    batches = [records[start : start + size] for start in range(0, len(records), size)]
    results = [handle(sqs_event(batch)) for batch in batches]
    if failed := sum(result.failed for result in results):
        msg = f"{failed} events failed"
        raise RuntimeError(msg)
    return len(batches), sum(result.logged for result in results)


def imgmeta_usage(server: CountingServer, keys: list[str], mix: Events, batch: int) -> Usage:
    """Return the usage of imgmeta for a mix of events, without the duration."""
    created = records_of(keys, 1, "ObjectCreated:Put")
    clients = Clients(endpoint_url=server.url)
    environment = aws_environment(server.url, METADATA_TABLE=TABLES[0], NOTIFY_ON="failures")
    server.take_counts()
    with handler_process("", environment) as handle:
        # The rest of a batch in production is other events: duplicates do not share their batch.
        sent = [send(handle, created, batch), send(handle, created[: mix.duplicates], batch)]
        counts = server.take_counts()
        for key in keys[: mix.deletes]:
            clients.s3.delete_object(Bucket=BUCKET, Key=key)
        server.take_counts()
        deleted = records_of(keys[: mix.deletes], 2, "ObjectRemoved:Delete")
        sent.append(send(handle, deleted, batch))
        counts += server.take_counts()
    batches = sum(number for number, _ in sent)
    return Usage(
        s3_get=counts["GET"] + counts["HEAD"],
        write_unit=counts["write units"],
        read_unit=counts["read units"],
        sqs_request=mix.total + batches * _SQS_REQUESTS_OF_A_BATCH,
        invocation=batches,
        publish=counts["Publish"],
        email=counts["Publish"],
        log_gb=sum(logged for _, logged in sent) / 1e9,
    )


def original_usage(server: CountingServer, path: str, keys: list[str], mix: Events) -> Usage:
    """Return the usage of the other handler, without the duration. S3 sends it no deletions."""
    records = records_of(keys, 1, "ObjectCreated:Put")
    records += records[: mix.duplicates]
    topic = Clients(endpoint_url=server.url).sns.create_topic(Name="benchmark")["TopicArn"]
    environment = aws_environment(server.url, METADATA_TABLE=TABLES[1], SNS_TOPIC_ARN=topic)
    server.take_counts()
    with handler_process(path, environment) as handle:
        logged = sum(handle({"Records": [record]}).logged for record in records)
    counts = server.take_counts()
    return Usage(
        s3_get=counts["GET"] + counts["HEAD"],
        write_unit=counts["write units"],
        read_unit=counts["read units"],
        invocation=len(records),
        publish=counts["Publish"],
        email=counts["Publish"],
        log_gb=logged / 1e9,
    )


def gb_seconds(path: str, event: object, url: str, memory: int, rounds: int = 5) -> float:
    """Return the median GB-seconds of one warm invocation."""
    with handler_process(path, aws_environment(url, NOTIFY_ON="failures")) as handle:
        handle(event)
        results = [handle(event) for _ in range(rounds)]
    billed = [billed_gb_seconds(each.seconds, each.cpu_seconds, memory) for each in results]
    return sorted(billed)[rounds // 2]


def table_of(columns: dict[str, tuple[Usage, Prices]]) -> str:
    """Return a Markdown table of units and dollars."""
    head = "".join(f" {name}, units | {name}, $ |" for name in columns)
    lines = [f"| for a million images |{head}", "|" + "---|" * (1 + 2 * len(columns))]
    costs = {name: cost_of(usage, prices) for name, (usage, prices) in columns.items()}
    for unit, label in LABELS.items():
        cells = "".join(
            f" {getattr(usage, unit):,.{2 if unit == 'log_gb' else 0}f} | {costs[name][unit]:.2f} |"
            for name, (usage, _) in columns.items()
        )
        lines.append(f"| {label} |{cells}")
    totals = "".join(f" | **{sum(values.values()):.2f}** |" for values in costs.values())
    without = "".join(
        f" | {sum(values.values()) - values['email']:.2f} |" for values in costs.values()
    )
    return "\n".join([*lines, f"| **total** |{totals}", f"| total without emails |{without}"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Count what a million images cost.")
    parser.add_argument("original", nargs="?", help="a Python file with lambda_handler")
    parser.add_argument("--creates", type=int, default=100, help="created objects")
    parser.add_argument("--duplicates", type=int, default=5, help="events delivered twice")
    parser.add_argument("--deletes", type=int, default=10, help="deleted objects")
    parser.add_argument("--batch", type=int, default=10, help="messages in a batch")
    parser.add_argument("--memory", type=int, default=1024, help="MB of imgmeta's function")
    parser.add_argument("--other-memory", type=int, default=512, help="MB of the other function")
    parser.add_argument("--milliseconds", type=float, default=10, help="latency of each request")
    prices = parser.add_argument_group("prices, in dollars for one unit")
    for each in fields(Prices):
        name = each.name.replace("_", "-")
        prices.add_argument(f"--price-{name}", type=float, default=each.default, dest=each.name)
    return parser.parse_args()


def main() -> None:
    """Count the requests, measure the duration and print the table."""
    arguments = _arguments()
    mix = Events(arguments.creates, arguments.duplicates, arguments.deletes)
    prices = Prices(**{each.name: getattr(arguments, each.name) for each in fields(Prices)})
    factor = MILLION / mix.creates
    columns: dict[str, tuple[Usage, Prices]] = {}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(counting_server())
        url = stack.enter_context(stub_process(milliseconds=arguments.milliseconds))
        keys = prepare(server.url, mix.creates)
        records = records_of(keys, 1, "ObjectCreated:Put")
        if arguments.original:
            usage = original_usage(server, arguments.original, keys, mix)
            event = {"Records": records[:1]}
            each = gb_seconds(arguments.original, event, url, arguments.other_memory)
            usage = replace(usage, gb_second=usage.invocation * each)
            columns["original"] = usage * factor, replace(prices, gb_second=X86_GB_SECOND)
        usage = imgmeta_usage(server, keys, mix, arguments.batch)
        each = gb_seconds("", sqs_event(records[: arguments.batch]), url, arguments.memory)
        usage = replace(usage, gb_second=usage.invocation * each)
        columns["imgmeta"] = usage * factor, prices
    print(table_of(columns))


if __name__ == "__main__":
    main()
