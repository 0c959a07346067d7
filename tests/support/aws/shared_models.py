"""Sharing of what botocore computes for each session and client, between all tests of a process."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore import hooks, regions
from botocore.client import ClientCreator
from botocore.endpoint_provider import EndpointProvider
from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader
from botocore.model import ServiceModel

from imgmeta.adapters.aws import sessions

__all__ = ["share_models"]

_Methods = dict[str, object]


@contextmanager
def share_models() -> Generator[None]:
    """Share service models, rules of endpoints, methods and names of events between clients.

    Loading and computing them again took most of the time of a test that runs a command on AWS.
    """
    loader = Loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "ServiceLoader", lambda *_: loader)
        patch.setattr(regions, "EndpointProvider", _shared_provider())
        patch.setattr(ClientCreator, "_create_methods", _shared_methods())
        patch.setattr(hooks.EventAliaser, "_alias_event_name", _shared_names())
        patch.setattr(hooks, "accepts_kwargs", lambda _: True)  # botocore's own handlers do
        # urllib3 creates the same context when it connects with TLS, which few clients do.
        patch.setattr(URLLib3Session, "_get_ssl_context", lambda _: None)
        yield


def _shared_provider() -> object:
    # With the rules, so that no others get their identity.
    providers: dict[int, tuple[object, EndpointProvider]] = {}

    def provider_of(ruleset_data: Mapping[str, Any], **options: Any) -> EndpointProvider:  # noqa: ANN401 - as botocore's class
        if id(ruleset_data) not in providers:
            provider = EndpointProvider(ruleset_data=ruleset_data, **options)
            providers[id(ruleset_data)] = ruleset_data, provider
        return providers[id(ruleset_data)][1]

    return provider_of


def _shared_methods() -> object:
    methods: dict[tuple[str, str], _Methods] = {}
    create: Any = vars(ClientCreator)["_create_methods"]

    def methods_of(creator: ClientCreator, model: ServiceModel) -> _Methods:
        key = model.service_name, model.api_version
        if key not in methods:
            methods[key] = create(creator, model)
        return dict(methods[key])

    return methods_of


def _shared_names() -> object:
    names: dict[str, str] = {}
    compute_name: Any = vars(hooks.EventAliaser)["_alias_event_name"]

    def name_of(aliaser: hooks.EventAliaser, event: str) -> str:
        if event not in names:
            names[event] = compute_name(aliaser, event)
        return names[event]

    return name_of
