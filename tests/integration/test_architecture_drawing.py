"""docs/architecture.svg shows the current code."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_architecture_drawing_is_current() -> None:
    generator = runpy.run_path(str(ROOT / "tools" / "draw_architecture.py"))
    drawing = generator["DRAWING"].read_text("utf-8")

    assert generator["draw"]() == drawing, "run python tools/draw_architecture.py"
