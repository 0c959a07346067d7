from imgmeta.core.records import Status
from imgmeta.core.times import parse_time
from imgmeta.entrypoints.cli.completion.scripts import Shell
from imgmeta.entrypoints.cli.completion.specification import Values, specify
from imgmeta.testing.strategies.record_examples import SEEN_AT


def test_specification_has_the_values_of_each_kind_of_option() -> None:
    commands = specify()
    values = {name: each.values for each in commands["list"].options for name in each.names}
    assert values["--status"] == Values(tuple(Status))
    assert values["--prefix"] == values["--store"] == Values(files=True)
    assert values["--limit"] == Values()
    assert values["--sort"] is not None
    assert {"size", "-size", "distance"} <= {*values["--sort"].words}
    assert values["--json"] is values["--help"] is values["-q"] is None
    assert commands["completion"].argument == Values(tuple(Shell))
    assert commands["sync"].argument == Values(files=True)


def test_suggested_times_are_times() -> None:
    (since,) = (each.values for each in specify()["list"].options if "--since" in each.names)
    assert since is not None
    assert len(since.words) == 8
    for word in since.words:
        assert parse_time(word, SEEN_AT) <= SEEN_AT


def test_descriptions_are_one_sentence() -> None:
    for command in specify().values():
        for text in (command.description, *(each.description for each in command.options)):
            assert text.endswith(".")
            assert "\n" not in text
