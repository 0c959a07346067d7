import sys

import pytest

from imgmeta.adapters.plugins import installed_plugins
from imgmeta.errors import ConfigurationError
from support.plugins.distributions import Install

GROUP = "imgmeta.tests"


def test_plugin_is_found_by_its_scheme_without_being_imported(install: Install) -> None:
    module = install("raise RuntimeError", group=GROUP, scheme="Mine")

    installed = installed_plugins(GROUP)

    assert installed.schemes == ["mine"]
    plugin = installed.find("mine")
    assert plugin is not None
    assert str(plugin) == "the plug-in mine: of the package mine-imgmeta 1.0"
    assert module not in sys.modules


def test_scheme_without_a_package_is_not_found() -> None:
    assert installed_plugins(GROUP).find("mine") is None


def test_names_that_are_not_schemes_are_ignored(install: Install) -> None:
    install(group=GROUP, scheme="mine://")
    assert installed_plugins(GROUP).schemes == []


def test_two_packages_with_one_scheme_are_both_named(install: Install) -> None:
    install(group=GROUP)
    install(group=GROUP, package="other-imgmeta", scheme="MINE")

    with pytest.raises(ConfigurationError) as caught:
        installed_plugins(GROUP).find("mine")

    assert "mine-imgmeta 1.0" in str(caught.value)
    assert "other-imgmeta 1.0" in str(caught.value)
    assert str(caught.value).endswith("uninstall all but one of them")


def test_package_that_is_installed_twice_counts_once(install: Install) -> None:
    install(group=GROUP)
    install(group=GROUP, package="Mine_imgmeta")
    assert installed_plugins(GROUP).find("mine") is not None


@pytest.mark.parametrize(
    "text", ["[imgmeta.tests]\nmine\n", "\udcff".encode("utf-8", "surrogateescape")]
)
def test_package_with_damaged_entry_points_is_named(install: Install, text: str | bytes) -> None:
    install(entry_points=text)

    installed = installed_plugins(GROUP)

    assert installed.schemes == []
    assert installed.unreadable == ("mine-imgmeta",)
    assert installed.unreadable_note == " (reinstall mine-imgmeta: its entry points are unreadable)"


def test_package_without_metadata_has_a_name(install: Install) -> None:
    install(group=GROUP, metadata="")
    assert [each.package for each in installed_plugins(GROUP).plugins] == ["(no name)"]
