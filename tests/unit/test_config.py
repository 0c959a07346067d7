import dataclasses

import pytest

from imgmeta.config import DEFAULT_STORE, Settings
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.outcomes import NotifyOn
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.errors import ConfigurationError


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})

    assert settings == Settings()
    assert settings.store == DEFAULT_STORE
    assert settings.environment == ""
    assert settings.gps_policy is GpsPolicy.KEEP
    assert settings.suffixes == IMAGE_SUFFIXES


def test_every_variable_has_its_setting() -> None:
    settings = Settings.from_environment(
        {
            "IMGMETA_STORE": "sqlite:////var/lib/photos.db",
            "IMGMETA_GPS": "drop",
            "IMGMETA_SUFFIXES": "jpg,png",
            "ENVIRONMENT": "staging",
            "POWERTOOLS_SERVICE_NAME": "holiday-photos",
            "IMGMETA_CONCURRENCY": "7",
            "SNS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:images",
            "NOTIFY_ON": "all",
            "AWS_REGION": "eu-central-1",
        }
    )

    assert settings == Settings(
        store="sqlite:////var/lib/photos.db",
        environment="staging",
        service="holiday-photos",
        gps_policy=GpsPolicy.DROP,
        suffixes=frozenset({"jpg", "png"}),
        concurrency=7,
        topic_arn="arn:aws:sns:eu-central-1:111122223333:images",
        notify_on=NotifyOn.ALL,
        region="eu-central-1",
    )


def test_a_table_is_the_store_where_no_store_is_named() -> None:
    table = {"METADATA_TABLE": "images"}

    assert Settings.from_environment(table).store == "dynamodb://images"
    both = table | {"IMGMETA_STORE": "sqlite:///photos.db"}
    assert Settings.from_environment(both).store == "sqlite:///photos.db"


@pytest.mark.parametrize("text", ["0", "257", "-1", "1.5", " ", "many", "9" * 5_000, "\u0661"])
def test_a_concurrency_that_is_none_is_refused_with_what_can_be(text: str) -> None:
    with pytest.raises(ConfigurationError, match="from 1 to 256"):
        Settings.from_environment({"IMGMETA_CONCURRENCY": text})


@pytest.mark.parametrize("text", ["some", "everything", " "])
def test_an_unknown_choice_of_batches_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ConfigurationError, match="all, failures, never"):
        Settings.from_environment({"NOTIFY_ON": text})


@pytest.mark.parametrize(
    "variable",
    [
        *("IMGMETA_STORE", "IMGMETA_GPS", "IMGMETA_SUFFIXES", "IMGMETA_CONCURRENCY"),
        *("ENVIRONMENT", "METADATA_TABLE", "SNS_TOPIC_ARN", "NOTIFY_ON", "AWS_REGION"),
        "POWERTOOLS_SERVICE_NAME",
    ],
)
def test_an_empty_variable_counts_as_unset(variable: str) -> None:
    assert Settings.from_environment({variable: ""}) == Settings()


def test_variables_of_others_do_not_matter() -> None:
    assert Settings.from_environment({"STORE": "x", "IMGMETA_GPX": "y"}) == Settings()


@pytest.mark.parametrize("policy", GpsPolicy)
def test_a_location_policy_may_be_written_in_any_case(policy: GpsPolicy) -> None:
    for text in (policy.lower(), policy.upper(), policy.title()):
        assert Settings.from_environment({"IMGMETA_GPS": text}).gps_policy is policy


@pytest.mark.parametrize("text", ["keeep", " ", "drop,round", "0"])
def test_an_unknown_location_policy_is_refused_and_the_known_ones_are_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="keep, round, drop"):
        Settings.from_environment({"IMGMETA_GPS": text})


def test_a_hostile_location_policy_is_quoted_harmlessly() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment({"IMGMETA_GPS": "\x1b[2Jkeep"})

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "suffixes"),
    [
        ("jpg", {"jpg"}),
        ("JPG,.Png", {"jpg", "png"}),
        (" jpg , png ,", {"jpg", "png"}),
        ("jpg,jpg", {"jpg"}),
    ],
)
def test_suffixes_may_be_written_in_any_case_with_blanks_and_dots(
    text: str, suffixes: set[str]
) -> None:
    assert Settings.from_environment({"IMGMETA_SUFFIXES": text}).suffixes == suffixes


@pytest.mark.parametrize("text", [",", " , ", "."])
def test_suffixes_that_name_none_count_as_unset(text: str) -> None:
    assert Settings.from_environment({"IMGMETA_SUFFIXES": text}).suffixes == IMAGE_SUFFIXES


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().store = "sqlite:///other.db"  # type: ignore[misc]  # what is tested
