"""Draw docs/race.svg: two workers whose events arrive out of order, and the record they write.

    python tools/draw_race.py

The steps come from a run: imgmeta's `Indexer` processes the events on a bucket and a table in
memory, and worker A is stopped between its observation and its write. A second run, in which the
table does not check the conditions of writes, gives the width that the drawing compares with.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from pathlib import Path
from struct import pack
from zlib import crc32

from imgmeta import Hint, ImageRecord, Indexer, ObjectLocation, Rules
from imgmeta.adapters.memory import InMemoryImageRepository, InMemoryObjectStore
from imgmeta.core.objects import Observation, PresentObject
from imgmeta.core.ordering import (
    IfRevision,
    WriteCondition,
    WriteResult,
    normalize_sequencer,
)
from imgmeta.formats import HeaderPropertyReader

DRAWING = Path(__file__).parents[1] / "docs" / "race.svg"

LOCATION = ObjectLocation("holiday", "beach.png")
WIDTHS = {1: 400, 2: 640}
"""The width in pixels of each version of the photo."""

BUCKET, WORKER_A, WORKER_B, TABLE = range(4)
TITLES = ("Bucket", "Worker A", "Worker B", "Table")
LANES = (80, 310, 540, 820)
"""The horizontal position of each lane."""
WIDTH, TOP, ROW = 900, 96, 46
RESULTS = {
    WriteResult.STORED: ("stored", "good"),
    WriteResult.STALE: ("refused: stale", "bad"),
    WriteResult.CONFLICT: ("refused: look again", "bad"),
    WriteResult.DUPLICATE: ("refused: duplicate", "bad"),
}


@dataclass(frozen=True)
class Step:
    """An arrow between two lanes.

    Attributes:
        source: the lane where it starts.
        target: the lane where it ends.
        text: what happens.
        kind: the class of the arrow and the text: `step`, `good` or `bad`.
    """

    source: int
    target: int
    text: str
    kind: str = "step"


class Bucket(InMemoryObjectStore):
    """The bucket, which notes each observation."""

    def __init__(self, note: Callable[[str], None]) -> None:
        super().__init__()
        self._note = note

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the object as it is now."""
        observation = super().observe(location)
        if isinstance(observation, PresentObject):
            self._note(f"sees photo {observation.version_id}")
        return observation


class Table(InMemoryImageRepository):
    """The table, which notes each request, and can delay a write.

    Attributes:
        before_write: is called once, before the next write.
    """

    def __init__(self, note: Callable[[str, str], None], *, is_conditional: bool) -> None:
        super().__init__()
        self.before_write: Callable[[], None] | None = None
        self._note = note
        self._is_conditional = is_conditional

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record."""
        record = super().get(image_id)
        if record is not None:
            self._note(f"reads: photo {record.version_id}", "step")
        return record

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write the record if the condition holds."""
        if wait := self.before_write:
            self.before_write = None
            wait()
        stored = super().get(record.image_id)
        revision = IfRevision(stored.revision if stored else None)
        result = super().put(record, condition if self._is_conditional else revision)
        text, kind = RESULTS[result]
        self._note(f"writes photo {record.version_id} … {text}", kind)
        return result


class Race:
    """A run of the two workers.

    Attributes:
        steps: what happened, in order.
        widths: the width in the record each time that an event has been processed.

    Args:
        is_conditional: whether the table checks the conditions of writes.
    """

    def __init__(self, *, is_conditional: bool) -> None:
        self.steps: list[Step] = []
        self.widths: list[int | None] = []
        self._worker = WORKER_A
        self._seconds = count()
        self._bucket = Bucket(lambda text: self._note(BUCKET, text))
        self._table = Table(
            lambda text, kind: self._note(TABLE, text, kind), is_conditional=is_conditional
        )
        revisions = count()
        self._indexer = Indexer(
            repository=self._table,
            objects=self._bucket,
            reader=HeaderPropertyReader(),
            rules=Rules(lambda _: True),
            clock=self._now,
            new_revision=lambda: str(next(revisions)),
        )

    def run(self) -> None:
        """Run the workers."""
        first = self._upload(1)
        self._table.before_write = self._overtake
        self._process(WORKER_A, first)
        self.steps.append(Step(BUCKET, WORKER_A, "event 1, delivered again"))
        self._process(WORKER_A, first)

    def _overtake(self) -> None:
        self.steps.append(Step(WORKER_A, WORKER_A, "is delayed"))
        second = self._upload(2)
        self._process(WORKER_B, second)
        self._worker = WORKER_A
        self.steps.append(Step(WORKER_A, WORKER_A, "continues"))

    def _upload(self, number: int) -> Hint:
        now = self._now()
        self._bucket.put(LOCATION, png(WIDTHS[number]), last_modified=now)
        worker = WORKER_A if number == 1 else WORKER_B
        self.steps.append(Step(BUCKET, worker, f"event {number}: photo {number} uploaded"))
        return Hint(LOCATION, sequencer=normalize_sequencer(f"{number}"), occurred_at=now)

    def _process(self, worker: int, hint: Hint) -> None:
        self._worker = worker
        self._indexer.process(hint)
        record = InMemoryImageRepository.get(self._table, LOCATION.image_id)
        self.widths.append(record.width if record else None)

    def _note(self, target: int, text: str, kind: str = "step") -> None:
        self.steps.append(Step(self._worker, target, text, kind))

    def _now(self) -> datetime:
        return datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=next(self._seconds))


def png(width: int) -> bytes:
    """Return a small PNG image of this width."""
    header = b"IHDR" + pack(">IIBBBBB", width, 300, 8, 2, 0, 0, 0)
    end = b"IEND"
    chunks = (pack(">I", len(each) - 4) + each + pack(">I", crc32(each)) for each in (header, end))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


FONTS = """
  .lane { stroke-dasharray: 3 5 }
  .arrow { fill: none; stroke-width: 1.6 } .bar { stroke-width: 6; stroke-linecap: round }
  text { font: 13px system-ui, "Segoe UI", Helvetica, "DejaVu Sans", sans-serif }
  .title, .strong { font-weight: 700 } .middle { text-anchor: middle }
"""
COLORS = """
  .paper {{ fill: {0} }} .box {{ fill: {1}; stroke: {2} }} .lane {{ stroke: {2} }}
  text {{ fill: {3} }} .arrow.step, .bar {{ stroke: {4} }} .head.step {{ fill: {4} }}
  .arrow.good {{ stroke: {5} }} .head.good, text.good {{ fill: {5} }}
  .arrow.bad {{ stroke: {6} }} .head.bad, text.bad {{ fill: {6} }}
"""
LIGHT = COLORS.format("#fff", "#eef2f7", "#8795a8", "#1b2430", "#2f6fc4", "#14723a", "#b3261e")
DARK = COLORS.format("#12171e", "#252e3a", "#5d6b7e", "#e8edf3", "#79aef0", "#6fcf8f", "#ff9a8f")
MARKER = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Return a text of the drawing."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def draw_step(step: Step, y: float) -> list[str]:
    """Return the parts of a step at this height."""
    start, end = LANES[step.source], LANES[step.target]
    if start == end:
        return [text(start + 14, y + 5, step.text)]
    gap = 6 if end > start else -6
    path = (
        f'<path class="arrow {step.kind}" marker-end="url(#{step.kind})" '
        f'd="M{start + gap} {y:g}H{end - gap}"/>'
    )
    kind = "" if step.kind == "step" else step.kind
    if step.target == TABLE:  # between the last two lanes, since an arrow may cross one
        middle = (LANES[WORKER_B] + LANES[TABLE]) / 2
        return [path, text(middle, y - 7, step.text, f"middle {kind}")]
    return [path, text(min(start, end) + 120, y - 7, step.text, f"middle {kind}")]


def summarize(race: Race, unconditional: Race) -> list[tuple[str, str]]:
    """Return the sentences below the arrows, and their classes."""
    if {*race.widths} != {WIDTHS[2]}:
        sys.exit("the record is wrong")
    after_write = unconditional.widths[1]
    return [
        (f"In the bucket: photo 2, {WIDTHS[2]} pixels wide.", "strong"),
        (f"In the record after each of these writes: {race.widths[-1]} pixels.", "strong good"),
        (
            f"Without conditional writes, after worker A's write: {after_write} pixels.",
            "strong bad",
        ),
    ]


def draw() -> str:
    """Return the drawing."""
    race, unconditional = Race(is_conditional=True), Race(is_conditional=False)
    race.run()
    unconditional.run()
    bottom = TOP + ROW * len(race.steps)
    height = bottom + 84
    title = "Two workers process two events of one object out of order"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{title}</title>",
        f"<style>{FONTS}{LIGHT}@media (prefers-color-scheme: dark) {{{DARK}}}</style>",
        *(
            f'<marker id="{kind}" {MARKER}><path class="head {kind}" d="M0 0L8 4L0 8z"/></marker>'
            for kind in ("step", "good", "bad")
        ),
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="7"/>',
    ]
    for x, name in zip(LANES, TITLES, strict=True):
        parts.append(f'<path class="lane" d="M{x} 58V{bottom - 6}"/>')
        parts.append(f'<rect class="box" x="{x - 60}" y="22" width="120" height="36" rx="7"/>')
        parts.append(text(x, 45, name, "title middle"))
    waiting = [
        TOP + ROW * number for number, step in enumerate(race.steps) if step.source == step.target
    ]
    parts.append(f'<path class="bar" d="M{LANES[WORKER_A]} {waiting[0] - 8}V{waiting[1] + 8}"/>')
    for number, step in enumerate(race.steps):
        parts += draw_step(step, TOP + ROW * number)
    for number, (words, kind) in enumerate(summarize(race, unconditional)):
        parts.append(text(20, bottom + 18 + 24 * number, words, kind))
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    DRAWING.write_text(draw(), "utf-8")
