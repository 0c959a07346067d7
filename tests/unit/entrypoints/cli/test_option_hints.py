import pytest

from imgmeta.entrypoints.cli.option_hints import argument_hint, option_hint


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("--older-reader", "`imgmeta reprocess` has it"),
        ("--all-files", "`imgmeta sync` and `imgmeta verify` have it"),
        ("--gps", "set the environment variable IMGMETA_GPS"),
        ("--nonsense", ""),
        ("", ""),
    ],
)
def test_hint_names_where_the_option_exists(option: str, hint: str) -> None:
    assert option_hint(option, "imgmeta list") == hint


def test_hint_for_an_option_of_many_commands_counts_the_rest() -> None:
    hint = option_hint("--yes", "imgmeta list")
    assert hint.startswith("`imgmeta ")
    assert hint.endswith(" more have it")
    assert hint.count("`") == 6


def test_argument_of_a_query_is_a_prefix() -> None:
    hint = "use --prefix for images in a folder or bucket"
    for command in ("list", "count", "stats"):
        assert argument_hint(f"imgmeta {command}") == hint
    assert argument_hint("imgmeta read") == ""
    assert argument_hint("imgmeta") == ""


def test_option_before_the_command_is_moved_behind_it() -> None:
    assert option_hint("--store", "imgmeta") == (
        "pass it after the command, as in `imgmeta sync --store`"
    )
