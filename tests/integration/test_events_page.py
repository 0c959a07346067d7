"""docs/events.md: its examples give the hints that the page says."""

import json
import re
from pathlib import Path

import pytest

from imgmeta import Hint, encode_hint, parse_event
from support.documents.code_blocks import code_blocks

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")
EXAMPLES = [
    (section.split("\n", 1)[0], blocks[0], re.findall(r"^\* Hint: (.*)$", section, re.MULTILINE))
    for section in PAGE.split("\n## ")[1:]
    if (blocks := [each.text for each in code_blocks(section) if each.language == "json"])
]


def described(hint: Hint) -> str:
    """Return a hint in the words of the page."""
    text = f"`{hint.location}`"
    if hint.alternate_key is not None:
        text += f", or else `s3://{hint.location.bucket}/{hint.alternate_key}`"
    if hint.sequencer is None:
        return text + ("; " if hint.alternate_key else ", ") + "no sequencer"
    return f"{text}, sequencer `{hint.sequencer}`"


def test_page_has_an_example_of_each_form() -> None:
    assert len(EXAMPLES) == 6


@pytest.mark.parametrize(("section", "example", "said"), EXAMPLES, ids=lambda each: str(each)[:30])
def test_example_gives_the_hint_that_the_page_says(
    section: str, example: str, said: list[str]
) -> None:
    del section
    parsed = parse_event(example)
    assert parsed.malformed == ()
    assert [described(hint) for hint in parsed.hints] == said


def test_message_id_of_the_example_is_that_of_the_outermost_message() -> None:
    (example,) = [text for section, text, _ in EXAMPLES if section == "Through SQS"]
    (said,) = re.findall(r"^\* Message ID: `(.*)`, that of the outermost", PAGE, re.MULTILINE)
    assert parse_event(example).message_ids == (said,)


def test_message_of_imgmeta_is_the_one_that_it_writes() -> None:
    (example,) = [text for section, text, _ in EXAMPLES if section == "Messages of imgmeta"]
    (hint,) = parse_event(example).hints
    assert json.loads(encode_hint(hint)) == json.loads(example)


def test_commands_of_the_page_are_requests() -> None:
    commands = code_blocks(PAGE.partition("## Messages of imgmeta")[2])[1].text.splitlines()
    digest, audit = (parse_event(command) for command in commands)
    assert len(digest.digests) == len(audit.audits) == 1
