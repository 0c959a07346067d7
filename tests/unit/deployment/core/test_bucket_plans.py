"""Names of existing buckets."""

import pytest

from imgmeta.deployment.core.bucket_plans import bucket_list, check_bucket_names
from imgmeta.errors import ConfigurationError


def test_names_uris_and_arns_are_accepted() -> None:
    texts = ["my-photos", "s3://more", "S3://and.more/", "arn:aws-cn:s3:::last"]
    assert check_bucket_names(texts) == ("my-photos", "more", "and.more", "last")
    assert check_bucket_names([]) == ()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", ""], "invalid --bucket 'a': use the name of a bucket, such as my-photos"),
        ([""], "invalid --bucket ''"),
        (["My-Photos"], "invalid --bucket 'My-Photos'"),
        (["a..b"], "invalid --bucket 'a..b'"),
        (["abc\n"], r"invalid --bucket 'abc\\n'"),
        (["abc,def"], "my-photos: repeat the option for each bucket"),
        (["s3://abc/2026/"], "invalid --bucket 's3://abc/2026/': pass --bucket abc --prefix 2026/"),
        (["abc", "s3://abc"], "duplicate --bucket abc: pass it once"),
        ([f"abc{number}" for number in range(21)], r"too many buckets \(21\)"),
        (["abc--use1-az4--x-s3"], "it is the name of a directory bucket, which sends no events"),
        *(
            ([f"abc-1234{suffix}"], "it is the name of an access point, which sends no events")
            for suffix in ("-s3alias", "--ol-s3", ".mrap", "--xa-s3")
        ),
    ],
)
def test_other_buckets_are_rejected(texts: list[str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_bucket_names(texts)


def test_parameter_is_split_at_commas() -> None:
    assert bucket_list("a, b,,c") == ("a", "b", "c")
    assert bucket_list("") == ()
