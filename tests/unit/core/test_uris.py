import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.uris import is_uri, legible_name, location_of, uri_of
from imgmeta.testing.strategies.record_examples import image_record

ACCESS_POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/photos"

URIS = [
    ("holiday", "2026/beach.jpg", "s3://holiday/2026/beach.jpg"),
    ("holiday", "a b%20c#d?e'f\".jpg", "s3://holiday/a%20b%2520c%23d%3Fe%27f%22.jpg"),
    ("holiday", "/a//./../é\n/", "s3://holiday//a//./../%C3%A9%0A/"),
    ("holiday", "🏖.jpg", "s3://holiday/%F0%9F%8F%96.jpg"),
    ("holiday", "", "s3://holiday/"),
    (
        ACCESS_POINT,
        "2026/a.jpg",
        "s3://arn%3Aaws%3As3%3Aeu-west-1%3A111122223333%3Aaccesspoint/photos/2026/a.jpg",
    ),
    ("file://", "srv/100% é.jpg", "file:///srv/100%25%20%C3%A9.jpg"),
    ("file://", "srv/not-utf8-\uefff.jpg", "file:///srv/not-utf8-%FF.jpg"),
    ("file://", "no-path-\uefc3\uefa9.jpg", "s3://file%3A%2F%2F/no-path-%EE%BF%83%EE%BE%A9.jpg"),
    ("file://", "no-path-\udcff.jpg", "s3://file%3A%2F%2F/no-path-%ED%B3%BF.jpg"),
    ("file://", "C:/Users/a b.jpg", "file:///C:/Users/a%20b.jpg"),
    ("file://", "C:a.jpg", "file:///C%3Aa.jpg"),
    ("file://", "//nas/photos/a b.jpg", "file://nas/photos/a%20b.jpg"),
    ("file://", "//localhost/a.jpg", "file://///localhost/a.jpg"),
    ("file://", "///a.jpg", "file://////a.jpg"),
    ("mine://", "a b", "mine:///a%20b"),
    ("gs://holiday", "2026/100% é.jpg", "gs://holiday/2026/100%25%20%C3%A9.jpg"),
    ("hdfs://node:80", "/a", "hdfs://node%3A80//a"),
    ("file://host", "a", "s3://file%3A%2F%2Fhost/a"),
    ("gs://a/b", "c", "s3://gs%3A%2F%2Fa%2Fb/c"),
]


@pytest.mark.parametrize(("bucket", "key", "uri"), URIS)
def test_uri_names_one_bucket_and_key(bucket: str, key: str, uri: str) -> None:
    location = ObjectLocation(bucket, key)
    assert uri_of(location) == uri
    assert location_of(uri) == location


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("S3://holiday/%61%2fb", "holiday", "a/b"),
        ("s3://holiday", "holiday", ""),
        (f"s3://{ACCESS_POINT}/a.jpg", ACCESS_POINT, "a.jpg"),
        (f"s3://{ACCESS_POINT.replace('/', ':')}/a.jpg", ACCESS_POINT, "a.jpg"),
        ("file://localhost/srv/a.jpg", "file://", "srv/a.jpg"),
        ("FILE://LocalHost/srv/a.jpg", "file://", "srv/a.jpg"),
        ("file:///c%3A/a.jpg", "file://", "c:/a.jpg"),
        ("file://///nas/photos/a.jpg", "file://", "//nas/photos/a.jpg"),
        ("GS://holiday", "gs://holiday", ""),
        ("hdfs://node:80/a%20b", "hdfs://node:80", "a b"),
    ],
)
def test_uri_of_another_program_is_understood(uri: str, bucket: str, key: str) -> None:
    assert location_of(uri) == ObjectLocation(bucket, key)


@pytest.mark.parametrize(
    "text", ["a.jpg", "s3://holiday/a b", "s3://b/100%", "s3://b/%4", "s3://b/é", "s3://b/a?b#c"]
)
def test_text_with_other_characters_is_not_a_uri(text: str) -> None:
    assert not is_uri(text)
    with pytest.raises(ValueError, match="not a URI"):
        location_of(text)


@pytest.mark.parametrize("text", ["file://host", "file://localhost", "file://loc%61lhost/a.jpg"])
def test_file_uri_without_a_path_has_no_location(text: str) -> None:
    with pytest.raises(ValueError, match="three slashes, or the name of a server"):
        location_of(text)


def test_bucket_with_a_slash_in_its_name_has_no_location() -> None:
    with pytest.raises(ValueError, match="must not contain a slash"):
        location_of("gs://a%2Fb/c.jpg")


@pytest.mark.parametrize("text", ["s3://holiday/%FF.jpg", "s3://%FF/a.jpg", "mine:///%FF"])
def test_uri_of_a_key_that_is_not_utf8_has_no_location(text: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        location_of(text)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("2026/crème brûlée, 100%.jpg", "s3://holiday/2026/crème brûlée, 100%.jpg"),
        ("a%20b.jpg", "s3://holiday/a%2520b.jpg"),
        ("a%FFb.jpg", "s3://holiday/a%25FFb.jpg"),
        ("a %20b.jpg", "s3://holiday/a %20b.jpg"),
        ("a\nb.jpg", "s3://holiday/a%0Ab.jpg"),
        ("a\\b.jpg", "s3://holiday/a%5Cb.jpg"),
        ("a ", "s3://holiday/a%20"),
    ],
)
def test_legible_name_is_encoded_only_if_needed(key: str, name: str) -> None:
    assert legible_name(ObjectLocation("holiday", key)) == name


def test_record_has_a_uri_that_is_not_stored() -> None:
    record = image_record("a b.jpg", bucket_name="holiday")
    assert record.uri == "s3://holiday/a%20b.jpg"
    assert "Uri" not in record.to_item()
