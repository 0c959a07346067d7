"""Sessions of botocore that load and parse less than the default."""

import os
from collections.abc import Collection

from botocore.loaders import Loader
from botocore.session import Session

from imgmeta.adapters.aws.timestamps import parse_time

__all__ = ["ServiceLoader", "new_session"]


class ServiceLoader(Loader):
    """Loads the models of given services.

    botocore's loader looks into the folders of all 400 services before it loads one.
    """

    def __init__(self, services: Collection[str], search_paths: list[str]) -> None:
        super().__init__(extra_search_paths=search_paths)
        self._services = sorted(services)

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the names of the services."""
        del type_name
        return self._services


def new_session(profile: str | None, services: Collection[str]) -> Session:
    """Return a session for clients of these services.

    Args:
        profile: a profile in the AWS configuration files; None: the environment's.
        services: botocore's names for the services.
    """
    session = Session(profile=profile)
    paths = (session.get_config_variable("data_path") or "").split(os.pathsep)
    expanded = [os.path.expandvars(os.path.expanduser(path)) for path in paths if path]  # noqa: PTH111 - pathlib expands no variables
    session.register_component("data_loader", ServiceLoader(services, expanded))
    factory = session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=parse_time)
    return session
