"""Targets in the object stores of plug-ins, such as `gs://bucket/prefix`."""

import pytest

from imgmeta.bootstrap import open_objects, parse_target
from imgmeta.config import Settings
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.errors import ConfigurationError
from support.plugins.distributions import Install


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        *(("gs://holiday", "gs://holiday", ""), ("GS://holiday/2026", "gs://holiday", "2026")),
        *(("gs://h/a%20b", "gs://h", "a b"), ("gs://h/a b%20", "gs://h", "a b%20")),
        *(("gs:///a", "gs://", "a"), ("gs://node:80//a", "gs://node:80", "/a")),
    ],
)
def test_uri_of_a_plugin_means_the_keys_with_its_prefix(
    install: Install, text: str, bucket: str, prefix: str
) -> None:
    install(group="imgmeta.object_stores", scheme="gs")
    assert parse_target(text) == Target(bucket, prefix)


@pytest.mark.parametrize(
    "text",
    [
        "gs://ann:secret@h/a",
        "gs://a%2Fb/c",
        "gs://a b/c",
        "gs://h\n",
        "gs://h/%FF",
        "gs://h/\udcff",
    ],
)
def test_invalid_uri_of_a_plugin_is_rejected(install: Install, text: str) -> None:
    install(group="imgmeta.object_stores", scheme="gs")
    with pytest.raises(ConfigurationError, match=r"^invalid (bucket|key) in 'gs://") as caught:
        parse_target(text)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_unsupported_scheme_lists_those_of_plugins(install: Install) -> None:
    install(group="imgmeta.object_stores", scheme="gs")
    with pytest.raises(ConfigurationError, match=r"unsupported scheme az://: .*, or gs://$"):
        parse_target("az://holiday")


def test_objects_of_a_missing_package_are_reported() -> None:
    objects = open_objects(Settings())
    with pytest.raises(ConfigurationError, match=r"can read gs://holiday: install the package for"):
        objects.observe(ObjectLocation("gs://holiday", "a.jpg"))
