"""Prices of AWS, and the cost of usage."""

from dataclasses import dataclass, fields
from typing import Self

__all__ = ["Prices", "Usage", "billed_gb_seconds", "cost_of"]

FULL_CPU_MEMORY = 1769
"""MB of memory with which a function gets one CPU, and less in proportion: AWS Lambda Developer
Guide, "Configure Lambda function memory"."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for one unit in us-east-1, without the free tier.

    The sources are the pricing pages of the services, November 2026. Check them before you rely on
    a sum, and pass other prices where they differ.

    Attributes:
        s3_get: one GET or HEAD request (aws.amazon.com/s3/pricing).
        write_unit: one write request unit (aws.amazon.com/dynamodb/pricing/on-demand).
        read_unit: one read request unit (as above).
        sqs_request: one request to a standard queue (aws.amazon.com/sqs/pricing).
        invocation: one invocation (aws.amazon.com/lambda/pricing).
        gb_second: one GB-second on Arm (as above).
        publish: one message to a standard topic (aws.amazon.com/sns/pricing).
        email: one email of a topic (as above).
        log_gb: one GB of logs (aws.amazon.com/cloudwatch/pricing).
    """

    s3_get: float = 0.4e-6
    write_unit: float = 0.625e-6
    read_unit: float = 0.125e-6
    sqs_request: float = 0.4e-6
    invocation: float = 0.2e-6
    gb_second: float = 13.3334e-6
    publish: float = 0.5e-6
    email: float = 20e-6
    log_gb: float = 0.5


X86_GB_SECOND = 16.6667e-6
"""Dollars for one GB-second on x86-64, which the original uses (aws.amazon.com/lambda/pricing)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The amount of each unit; the fields are those of `Prices`."""

    s3_get: float = 0
    write_unit: float = 0
    read_unit: float = 0
    sqs_request: float = 0
    invocation: float = 0
    gb_second: float = 0
    publish: float = 0
    email: float = 0
    log_gb: float = 0

    def __mul__(self, factor: float) -> Self:
        """Return the usage of this many times the events."""
        return type(self)(*(getattr(self, each.name) * factor for each in fields(self)))


def cost_of(usage: Usage, prices: Prices) -> dict[str, float]:
    """Return the dollars for each kind of unit: the amount times the price."""
    names = [each.name for each in fields(Usage)]
    return {name: getattr(usage, name) * getattr(prices, name) for name in names}


def billed_gb_seconds(seconds: float, cpu_seconds: float, memory: int) -> float:
    """Return the GB-seconds of an invocation.

    The measured CPU time grows by the share of a CPU that the function has; the rest of the elapsed
    time is waiting, which stays the same.

    Args:
        seconds: the measured elapsed seconds.
        cpu_seconds: the measured CPU seconds.
        memory: MB of memory.
    """
    waiting = max(seconds - cpu_seconds, 0)
    share = min(memory / FULL_CPU_MEMORY, 1)
    return (waiting + cpu_seconds / share) * memory / 1024
