"""Adapters of other packages, found when a URL has a scheme that is not imgmeta's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.core.text import printable, redact_url
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from imgmeta.adapters.plugins import InstalledPlugins
    from imgmeta.config import PluginStore
    from imgmeta.core.notifiers import PluginNotifier
    from imgmeta.ports import ImageRepository, Notifier, ObjectStore

__all__ = [
    "NOTIFIERS",
    "OBJECT_STORES",
    "STORES",
    "installed_object_stores",
    "open_plugin_notifier",
    "open_plugin_objects",
    "open_plugin_store",
]

STORES = "imgmeta.stores"
"""The group of entry points that are `OpenStore`."""

OBJECT_STORES = "imgmeta.object_stores"
"""The group of entry points that are `OpenObjectStore`."""

NOTIFIERS = "imgmeta.notifiers"
"""The group of entry points that are `OpenNotifier`."""


def open_plugin_store(store: PluginStore) -> AbstractContextManager[ImageRepository]:
    """Return the repository of a plug-in's store, as a context manager.

    Raises:
        ConfigurationError: no package or several packages provide the scheme; when the context is
            entered, also as `adapters.plugins.open_plugin`.
        ImgmetaError: when the context is entered, as `open_plugin`.
    """
    from imgmeta.adapters.plugins import (
        REPOSITORY_METHODS,
        guarded_repository,
        installed_plugins,
        open_plugin,
    )

    installed = installed_plugins(STORES)
    plugin = installed.find(store.scheme)
    if plugin is None:
        others = "".join(f", or {each}://" for each in installed.schemes)
        msg = (
            f"invalid store '{store.shown}': no installed package provides {store.scheme}:// "
            f"stores{installed.unreadable_note}; use sqlite:///imgmeta.db or dynamodb://table, or "
            f"a path such as imgmeta.db{others}"
        )
        raise ConfigurationError(msg)
    return open_plugin(plugin, store.url, REPOSITORY_METHODS, guarded_repository)


def installed_object_stores() -> InstalledPlugins:
    """Return the installed plug-ins for object stores, without importing any of them."""
    from imgmeta.adapters.plugins import installed_plugins

    return installed_plugins(OBJECT_STORES)


def open_plugin_objects(bucket: str) -> AbstractContextManager[ObjectStore]:
    """Return the object store of a plug-in's bucket, as a context manager.

    Args:
        bucket: the bucket, such as `gs://holiday`.

    Raises:
        ConfigurationError: as for `open_plugin_store`.
        ImgmetaError: as for `open_plugin_store`.
    """
    from imgmeta.adapters.plugins import OBJECT_STORE_METHODS, guarded_object_store, open_plugin

    scheme = bucket.partition("://")[0]
    plugin = installed_object_stores().find(scheme)
    if plugin is None:
        shown = printable(redact_url(bucket))
        msg = f"no installed package can read {shown}: install the package for {scheme}://"
        raise ConfigurationError(msg)
    return open_plugin(plugin, bucket, OBJECT_STORE_METHODS, guarded_object_store)


def open_plugin_notifier(recipient: PluginNotifier) -> Notifier:
    """Return a plug-in's notifier, after opening it once to check it.

    Raises:
        ConfigurationError: as for `open_plugin_store`.
        ImgmetaError: as for `open_plugin_store`.
    """
    from imgmeta.adapters.plugins import PluginNotifierAdapter, installed_plugins

    installed = installed_plugins(NOTIFIERS)
    plugin = installed.find(recipient.scheme)
    if plugin is None:
        others = "".join(f", {each}:" for each in installed.schemes)
        msg = (
            f"invalid notifier '{recipient.scheme}:***': no installed package provides "
            f"{recipient.scheme}: notifiers{installed.unreadable_note}; use sns:, https:, smtp:, "
            f"smtps:{others}"
        )
        raise ConfigurationError(msg)
    notifier = PluginNotifierAdapter(plugin, recipient.url)
    notifier.check()
    return notifier
