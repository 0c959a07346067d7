"""Adapters of other packages, found by entry points and opened by URL.

Every fault of a plug-in becomes one error that names its package.
"""

from imgmeta.adapters.plugins.entry_points import InstalledPlugins, Plugin, installed_plugins
from imgmeta.adapters.plugins.notifier import PluginNotifierAdapter
from imgmeta.adapters.plugins.object_store import OBJECT_STORE_METHODS, guarded_object_store
from imgmeta.adapters.plugins.opening import open_plugin
from imgmeta.adapters.plugins.repository import REPOSITORY_METHODS, guarded_repository

__all__ = [
    "OBJECT_STORE_METHODS",
    "REPOSITORY_METHODS",
    "InstalledPlugins",
    "Plugin",
    "PluginNotifierAdapter",
    "guarded_object_store",
    "guarded_repository",
    "installed_plugins",
    "open_plugin",
]
