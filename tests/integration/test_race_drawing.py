"""docs/race.svg shows a run of the current code."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATOR = runpy.run_path(str(ROOT / "tools" / "draw_race.py"))


def test_race_drawing_is_current() -> None:
    drawing = GENERATOR["DRAWING"].read_text("utf-8")

    assert GENERATOR["draw"]() == drawing, "run python tools/draw_race.py"


def test_delayed_write_wins_only_without_conditions() -> None:
    widths = {}
    for is_conditional in (True, False):
        race = GENERATOR["Race"](is_conditional=is_conditional)
        race.run()
        widths[is_conditional] = race.widths[1]

    assert widths == {True: 640, False: 400}
