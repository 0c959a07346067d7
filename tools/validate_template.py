"""Validate a template with AWS's cloudformation-validate library, which has no command line.

Prints all findings, with warnings as errors. The exit status is 1 if there are any, otherwise 0.
"""

import sys

from cloudformation_validate import (
    CompositeEngine,
    PseudoParameterOverrides,
    RuleFilterConfig,
    ValidateConfig,
)

PARTITIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

EXCLUDED_RULES = [
    "I9001",  # lists every property whose change replaces the resource
    "I9040",  # requires tags on alarms and rules, which inherit the tags of the stack
]


def main(path: str) -> int:
    """Validate the template at `path` in each partition; return the exit status."""
    engine = CompositeEngine()
    findings = 0
    for partition, region in PARTITIONS.items():
        report = engine.validate_template(
            path,
            ValidateConfig(
                exclude=RuleFilterConfig(ids=EXCLUDED_RULES),
                strict=True,
                pseudo_parameter_overrides=PseudoParameterOverrides(
                    region=region, partition=partition
                ),
            ),
        )
        for each in report.diagnostics:
            print(f"{path}:{each.start_line}: {each.rule_id} {each.message} ({partition})")
        findings += len(report.diagnostics)
        if report.metadata.budget_exhaustions:
            print(f"{path}: not validated completely ({partition})")
            findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
