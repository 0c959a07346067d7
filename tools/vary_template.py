"""Write variants of a template whose parameters have other defaults, for linters.

Linters evaluate a template with its defaults. The variants are a stack with its own bucket, and
stacks with 1 and 20 existing buckets; the last has all optional parts. Prints their paths.
"""

import re
import sys
from pathlib import Path

MAX_BUCKETS = 20
LONGEST_NAMES = [f"{number:02}" + "b" * 61 for number in range(MAX_BUCKETS)]

VARIANTS = {
    "own-bucket": {},
    "one-bucket": {"Buckets": "photos"},
    "twenty-buckets": {
        "Buckets": ",".join(LONGEST_NAMES),
        "KeyPrefix": "2026/",
        "SwitchedOnBuckets": ",".join(LONGEST_NAMES),
        "KmsKeyArns": "arn:aws:kms:eu-central-1:111122223333:key/" + "0" * 36,
        "RequesterPays": "yes",
        "BatchOperations": "on",
        "ReservedConcurrency": "50",
    },
}


def with_defaults(template: str, defaults: dict[str, str]) -> str:
    """Return the text of the template with other defaults of its parameters.

    Raises:
        ValueError: a parameter does not exist or has no default.
    """
    for name, value in defaults.items():
        declaration = rf"(\n  {name}:\n(?:    .*\n)*?    Default: ).*"
        template, count = re.subn(declaration, rf"\g<1>'{value}'", template, count=1)
        if count == 0:
            msg = f"the template has no parameter {name} with a default"
            raise ValueError(msg)
    return template


def main(source: str, folder: str) -> None:
    """Write the variants of the template at `source` into a folder."""
    template = Path(source).read_text(encoding="utf-8")
    for name, defaults in VARIANTS.items():
        path = Path(folder, f"{name}.yaml")
        path.write_text(with_defaults(template, defaults), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
