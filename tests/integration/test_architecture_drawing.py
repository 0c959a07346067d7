"""docs/architecture.svg shows the current code."""

import draw_architecture


def test_architecture_drawing_is_current() -> None:
    drawing = draw_architecture.DRAWING.read_text("utf-8")

    assert draw_architecture.draw() == drawing, "run python tools/draw_architecture.py"
