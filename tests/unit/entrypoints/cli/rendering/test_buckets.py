"""Planned changes of the notifications of existing buckets."""

import pytest

from imgmeta.deployment.core.bucket_plans import BucketPlan, DeliveryChange
from imgmeta.entrypoints.cli.rendering.buckets import release_rows
from imgmeta.entrypoints.cli.rendering.screen import Span, compose

NAMES = tuple(f"{'company-photos-of-the-production-account-'.ljust(62, 'x')}{n}" for n in range(5))
"""Names of 63 characters, the maximum, that differ only in the last one."""

PLAN = BucketPlan(
    changes=(DeliveryChange(NAMES[0], enabled=False, foreign=1),),
    kept={NAMES[1]: "another rule needs it"},
    gone=(NAMES[2],),
    unknown={NAMES[3]: "access denied"},
)


@pytest.mark.parametrize("columns", [None, 40, 80])
def test_bucket_names_are_never_cut(columns: int | None) -> None:
    served = (NAMES[0], NAMES[1], NAMES[2], NAMES[4])
    lines = [
        "".join(text for text, _ in compose(_spans(row), columns))
        for row in release_rows(PLAN, served)
    ]
    assert len(lines) == len(NAMES)
    for name in NAMES:
        assert sum(name in line for line in lines) == 1


def _spans(row: tuple[Span | str, ...]) -> list[Span]:
    return [each if isinstance(each, Span) else Span(each) for each in row]
