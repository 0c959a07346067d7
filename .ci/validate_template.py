"""Runs AWS's cloudformation-validate, which has no command of its own, on a template.

Prints what it finds, warnings as errors; the exit status is 1 if that is anything.
"""

import sys

from cloudformation_validate import (
    CompositeEngine,
    PseudoParameterOverrides,
    RuleFilterConfig,
    ValidateConfig,
)

PARTITIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

NO_FAULTS = [
    "I9001",  # says which properties cannot be changed without a new resource, whoever has them
    "I9040",  # wants tags on alarms and rules too; those of the stack reach everything
]


def main(path: str) -> int:
    """Validate the template at `path` in each partition; return the exit status."""
    engine = CompositeEngine()
    found = 0
    for partition, region in PARTITIONS.items():
        report = engine.validate_template(
            path,
            ValidateConfig(
                exclude=RuleFilterConfig(ids=NO_FAULTS),
                strict=True,
                pseudo_parameter_overrides=PseudoParameterOverrides(
                    region=region, partition=partition
                ),
            ),
        )
        for each in report.diagnostics:
            print(f"{path}:{each.start_line}: {each.rule_id} {each.message} ({partition})")
        found += len(report.diagnostics)
        if report.metadata.budget_exhaustions:
            print(f"{path}: not all of it was looked at ({partition})")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
