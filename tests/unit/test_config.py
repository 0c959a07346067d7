import dataclasses

import pytest

from imgmeta.config import (
    DEFAULT_STORE,
    DynamoDBTable,
    PluginStore,
    Settings,
    SQLiteFile,
    parse_store,
)
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.notifiers import PluginNotifier, Topic
from imgmeta.core.outcomes import NotifyOn
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.errors import ConfigurationError


def test_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})

    assert settings == Settings()
    assert settings.store == DEFAULT_STORE
    assert settings.environment == ""
    assert settings.gps_policy is GpsPolicy.KEEP
    assert settings.suffixes == IMAGE_SUFFIXES


def test_every_variable_sets_its_setting() -> None:
    settings = Settings.from_environment(
        {
            "IMGMETA_STORE": "sqlite:////var/lib/photos.db",
            "IMGMETA_GPS": "drop",
            "IMGMETA_SUFFIXES": "jpg,png",
            "ENVIRONMENT": "staging",
            "POWERTOOLS_SERVICE_NAME": "holiday-photos",
            "IMGMETA_CONCURRENCY": "7",
            "IMGMETA_JOBS": "3",
            "SNS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:images",
            "IMGMETA_NOTIFY": "sns:arn:aws:sns:eu-central-1:111122223333:ops chat:7",
            "NOTIFY_ON": "all",
            "AWS_REGION": "eu-central-1",
            "IMGMETA_REQUEST_PAYER": "requester",
            "IMAGE_BUCKET": "holiday,archive",
            "IMAGE_PREFIX": "2026/",
            "QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/111122223333/images",
            "AUDIT_MAX_KEYS": "5000000",
        }
    )

    assert settings == Settings(
        store=SQLiteFile("/var/lib/photos.db"),
        environment="staging",
        service="holiday-photos",
        gps_policy=GpsPolicy.DROP,
        suffixes=frozenset({"jpg", "png"}),
        concurrency=7,
        jobs=3,
        topic_arn="arn:aws:sns:eu-central-1:111122223333:images",
        recipients=(
            Topic("arn:aws:sns:eu-central-1:111122223333:ops"),
            PluginNotifier("chat", "chat:7"),
        ),
        notify_on=NotifyOn.ALL,
        region="eu-central-1",
        requester_pays=True,
        buckets=("holiday", "archive"),
        prefix="2026/",
        queue_url="https://sqs.eu-central-1.amazonaws.com/111122223333/images",
        audit_max_keys=5_000_000,
    )


@pytest.mark.parametrize(
    ("text", "buckets"),
    [
        ("holiday", ("holiday",)),
        (" b , a ,, b", ("b", "a")),
        ("arn:aws:s3:eu-central-1:111122223333:accesspoint/photos", None),
        (",", ()),
    ],
)
def test_buckets_are_separated_by_commas(text: str, buckets: tuple[str, ...] | None) -> None:
    settings = Settings.from_environment({"IMAGE_BUCKET": text})
    assert settings.buckets == ((text,) if buckets is None else buckets)


@pytest.mark.parametrize("text", ["-1", "1.5", "many\x1b", "1e6", "\u0661", "9" * 16])
def test_invalid_maximum_of_an_audit_is_rejected(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"invalid AUDIT_MAX_KEYS '.*': use a number"):
        Settings.from_environment({"AUDIT_MAX_KEYS": text})


def test_metadata_table_is_the_store_if_no_store_is_set() -> None:
    table = {"METADATA_TABLE": "images"}

    assert Settings.from_environment(table).store == DynamoDBTable("images")
    both = table | {"IMGMETA_STORE": "sqlite:///photos.db"}
    assert Settings.from_environment(both).store == SQLiteFile("photos.db")


def test_only_the_requester_can_be_the_payer() -> None:
    with pytest.raises(ConfigurationError, match="IMGMETA_REQUEST_PAYER 'owner': use requester"):
        Settings.from_environment({"IMGMETA_REQUEST_PAYER": "owner"})


def test_invalid_store_is_rejected_with_an_example() -> None:
    with pytest.raises(ConfigurationError, match="invalid store 'mysql:x': use sqlite:"):
        Settings.from_environment({"IMGMETA_STORE": "mysql:x"})


def test_store_may_be_that_of_a_plugin() -> None:
    settings = Settings.from_environment({"IMGMETA_STORE": "mine://x"})
    assert settings.store == PluginStore("mine://x")


def test_home_folder_of_a_store_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert parse_store("~/photos.db") == SQLiteFile("/home/ann/photos.db")


@pytest.mark.parametrize("text", ["0", "257", "-1", "1.5", " ", "many", "9" * 5_000, "\u0661"])
def test_invalid_concurrency_is_rejected_with_the_valid_range(text: str) -> None:
    with pytest.raises(ConfigurationError, match="from 1 to 256"):
        Settings.from_environment({"IMGMETA_CONCURRENCY": text})


@pytest.mark.parametrize("text", ["0", "65", "many"])
def test_invalid_number_of_jobs_is_rejected_with_the_valid_range(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"IMGMETA_JOBS .* from 1 to 64"):
        Settings.from_environment({"IMGMETA_JOBS": text})


@pytest.mark.parametrize("text", ["some", "everything", " "])
def test_invalid_notify_on_is_rejected_with_the_valid_values(text: str) -> None:
    with pytest.raises(ConfigurationError, match="all, failures, never"):
        Settings.from_environment({"NOTIFY_ON": text})


@pytest.mark.parametrize(
    "variable",
    [
        *("IMGMETA_STORE", "IMGMETA_GPS", "IMGMETA_SUFFIXES", "IMGMETA_CONCURRENCY"),
        "IMGMETA_JOBS",
        "IMGMETA_NOTIFY",
        *("ENVIRONMENT", "METADATA_TABLE", "SNS_TOPIC_ARN", "NOTIFY_ON", "AWS_REGION"),
        "POWERTOOLS_SERVICE_NAME",
    ],
)
def test_empty_variable_counts_as_unset(variable: str) -> None:
    assert Settings.from_environment({variable: ""}) == Settings()


def test_unknown_variables_are_ignored() -> None:
    assert Settings.from_environment({"STORE": "x", "IMGMETA_GPX": "y"}) == Settings()


@pytest.mark.parametrize("policy", GpsPolicy)
def test_gps_policy_is_accepted_in_any_case(policy: GpsPolicy) -> None:
    for text in (policy.lower(), policy.upper(), policy.title()):
        assert Settings.from_environment({"IMGMETA_GPS": text}).gps_policy is policy


@pytest.mark.parametrize("text", ["keeep", " ", "drop,round", "0"])
def test_invalid_gps_policy_is_rejected_with_the_valid_values(text: str) -> None:
    with pytest.raises(ConfigurationError, match="keep, round, drop"):
        Settings.from_environment({"IMGMETA_GPS": text})


def test_invalid_gps_policy_is_escaped_in_the_error() -> None:
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
def test_suffixes_are_accepted_in_any_case_with_spaces_and_dots(
    text: str, suffixes: set[str]
) -> None:
    assert Settings.from_environment({"IMGMETA_SUFFIXES": text}).suffixes == suffixes


@pytest.mark.parametrize("text", [",", " , ", "."])
def test_suffixes_without_a_name_count_as_unset(text: str) -> None:
    assert Settings.from_environment({"IMGMETA_SUFFIXES": text}).suffixes == IMAGE_SUFFIXES


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().service = "other"  # type: ignore[misc]  # must fail
