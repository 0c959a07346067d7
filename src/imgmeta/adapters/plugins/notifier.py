"""A plug-in's notifier, opened for each notification."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

from imgmeta.adapters.plugins.entry_points import Plugin
from imgmeta.adapters.plugins.opening import Boundary, open_plugin
from imgmeta.core.notifications import Notification

if TYPE_CHECKING:
    from imgmeta.ports import Notifier

__all__ = ["PluginNotifierAdapter"]


class PluginNotifierAdapter:
    """Opens a plug-in's notifier for each notification, since hours may pass between them.

    Args:
        plugin: the plug-in.
        url: the URL of the recipient.
    """

    def __init__(self, plugin: Plugin, url: str) -> None:
        self._plugin = plugin
        self._url = url

    def notify(self, notification: Notification) -> None:
        """Send the subject and the text: see `Notifier.notify`."""
        with self._opened() as notifier:
            notifier.notify(notification)

    def check(self) -> None:
        """Check that the notifier can be opened.

        Raises:
            ConfigurationError: as for `open_plugin`.
            ImgmetaError: as for `open_plugin`.
        """
        with self._opened():
            pass

    def _opened(self) -> AbstractContextManager["_Notifier"]:
        # Any part of the URL may be secret.
        shown = f"{self._plugin.scheme}:***"
        return open_plugin(self._plugin, self._url, ("notify",), _Notifier, shown=shown)


class _Notifier:
    """A plug-in's notifier: see `Notifier`."""

    def __init__(self, opened: object, boundary: Boundary) -> None:
        self._opened = cast("Notifier", opened)
        self._boundary = boundary

    def notify(self, notification: Notification) -> None:
        self._boundary.call(object, self._opened.notify, notification)
