"""docs/race.svg shows a run of the current code."""

import draw_race


def test_race_drawing_is_current() -> None:
    drawing = draw_race.DRAWING.read_text("utf-8")

    assert draw_race.draw() == drawing, "run python tools/draw_race.py"


def test_delayed_write_wins_only_without_conditions() -> None:
    widths = {}
    for is_conditional in (True, False):
        race = draw_race.Race(is_conditional=is_conditional)
        race.run()
        widths[is_conditional] = race.widths[1]

    assert widths == {True: 640, False: 400}
