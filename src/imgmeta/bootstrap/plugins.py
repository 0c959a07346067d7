"""Adapters of other packages, found when a URL has a scheme that is not imgmeta's own."""

from contextlib import AbstractContextManager

from imgmeta.config import PluginStore
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ImageRepository

__all__ = ["STORES", "open_plugin_store"]

STORES = "imgmeta.stores"
"""The group of entry points that are `OpenStore`."""


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
