"""What a command works with: the settings, the index, and the screens it shows things on."""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from imgmeta.bootstrap import (
    AWSConnection,
    RoutingObjectStore,
    open_indexer,
    open_objects,
    open_repository,
    parse_target,
)
from imgmeta.config import Settings, Store, parse_store
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.arguments import check_suffix
from imgmeta.entrypoints.cli.rendering.screen import Screen, escape_unencodable
from imgmeta.ports import ImageRepository
from imgmeta.service import Indexer

__all__ = ["CommandContext"]


@dataclass(frozen=True)
class CommandContext:
    """The settings and screens of one command.

    Attributes:
        settings: from the environment and the options.
        as_json: whether standard output is for JSON Lines alone.
        stdout: standard output.
        stderr: standard error.
        store_url: the URL of the index, from the option or the environment; empty: unset.
    """

    settings: Settings
    as_json: bool
    stdout: Screen
    stderr: Screen
    store_url: str = ""

    @classmethod
    def start(
        cls,
        *,
        store: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
        region: str | None = None,
        as_json: bool = False,
    ) -> Self:
        """Return the invocation that the process's environment and the shared options make.

        An option that is empty counts as not given, as an empty variable does; so does one that the
        command does not have.

        Raises:
            ConfigurationError: a variable has a value that it cannot have.
        """
        # The store is parsed when it is opened: other commands do not fail if it is invalid.
        settings = Settings.from_environment({**os.environ, "IMGMETA_STORE": ""})
        if as_json:
            escape_unencodable(sys.stdout, encoding="utf-8")  # RFC 8259, section 8.1
        return cls(
            replace(
                settings,
                endpoint_url=endpoint_url or settings.endpoint_url,
                profile=profile or settings.profile,
                region=region or settings.region,
            ),
            as_json,
            Screen(sys.stdout, os.environ),
            Screen(sys.stderr, os.environ),
            store or os.environ.get("IMGMETA_STORE", ""),
        )

    @property
    def text_output(self) -> Screen:
        """Where a command says what it did: standard output, unless that is for JSON alone."""
        return self.stderr if self.as_json else self.stdout

    @property
    def working_folder(self) -> str:
        """The prefix of the keys below the working folder."""
        try:
            return parse_target(".").prefix
        except OSError:  # it was removed
            return ""

    @cached_property
    def store(self) -> Store:
        """The store of the index.

        Raises:
            ConfigurationError: its URL is invalid.
        """
        return parse_store(self.store_url) if self.store_url else self.settings.store

    @cached_property
    def aws(self) -> AWSConnection:
        """The clients of AWS, the same for all that this command asks: so it signs in once."""
        return AWSConnection(self.settings)

    @cached_property
    def objects(self) -> RoutingObjectStore:
        """The objects that targets lead to."""
        return open_objects(self.settings, self.aws)

    def targets(self, texts: Iterable[str]) -> list[Target]:
        """Return the targets that are named, all of them there and fit to be indexed.

        Raises:
            ConfigurationError: one of them is not.
            TransientError: a bucket does not answer now.
        """
        suffixes = self.settings.suffixes
        # S3 is asked last: what is wrong with the other targets is found without it.
        targets = [check_suffix(parse_target(text), text, suffixes) for text in texts]
        for target in dict.fromkeys(targets):
            self.objects.check(target.bucket, target.prefix)
        return targets

    @contextmanager
    def index(self, *, must_exist: bool = True) -> Generator[tuple[ImageRepository, Indexer]]:
        """Open the index for a while, and the use cases over it.

        Raises:
            ConfigurationError: it is no index of ours, or not there though it must be.
            TransientError: it does not answer now.
        """
        store = open_repository(self.store, must_exist=must_exist, aws=self.aws)
        with store as repository:
            yield repository, open_indexer(self.settings, repository, objects=self.objects)
