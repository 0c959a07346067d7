"""Update the JSON Schema of a record, docs/record.schema.json.

    python tools/generate_schema.py

It contains the output of `imgmeta schema`.
"""

import io
from contextlib import redirect_stdout
from pathlib import Path

from imgmeta.entrypoints.cli.runner import run

SCHEMA = Path(__file__).parents[1] / "docs" / "record.schema.json"


def current_schema() -> str:
    """Return the output of `imgmeta schema`."""
    output = io.StringIO()
    with redirect_stdout(output):
        run(["schema"])
    return output.getvalue()


if __name__ == "__main__":
    SCHEMA.write_text(current_schema(), "utf-8")
