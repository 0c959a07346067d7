"""The context of a command: its settings, its output streams, and access to the index."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from imgmeta.bootstrap import AWSConnection, open_repository, parse_target
from imgmeta.config import DynamoDBTable, Settings, Store, parse_store
from imgmeta.entrypoints.cli.arguments import check_suffix
from imgmeta.entrypoints.cli.interruption import StopSignal
from imgmeta.entrypoints.cli.rendering.screen import Screen, escape_unencodable
from imgmeta.entrypoints.cli.stack_targets import within_stack
from imgmeta.errors import ConfigurationError, InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import TracebackType

    from imgmeta.bootstrap import RoutingObjectStore
    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.targets import Target
    from imgmeta.deployment.core.deployed import DeployedIndex
    from imgmeta.ports import ImageRepository
    from imgmeta.service import Indexer

__all__ = ["CommandContext"]


@dataclass(frozen=True)
class CommandContext:
    """The settings and output streams of one command.

    Attributes:
        settings: from the environment and the options.
        as_json: whether standard output contains only JSON Lines.
        quiet: whether to print only results and errors.
        verbose: whether to print a line for every image.
        stdout: standard output.
        stderr: standard error.
        store_url: the path or URL of the index, from the option or the environment; empty: unset.
        stack_name: the stack whose index the command uses; empty: none.
        stop: whether a signal has requested the command to stop.
    """

    settings: Settings
    as_json: bool
    stdout: Screen
    stderr: Screen
    store_url: str = ""
    stack_name: str = ""
    quiet: bool = False
    verbose: bool = False
    stop: StopSignal = field(default_factory=StopSignal)

    @classmethod
    def from_options(  # noqa: PLR0913 - one argument for each shared option
        cls,
        *,
        store: str | None = None,
        index_stack: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
        region: str | None = None,
        request_payer: bool = False,
        as_json: bool = False,
        quiet: bool = False,
        verbose: bool = False,
    ) -> Self:
        """Return the context for the process's environment and the shared options.

        An empty option counts as not given, as an empty environment variable does.

        Raises:
            ConfigurationError: an environment variable has an invalid value, or two options
                contradict each other.
        """
        if quiet and verbose:
            msg = "pass --quiet or --verbose, not both"
            raise ConfigurationError(msg)
        if store and index_stack:
            msg = "pass --store or --stack-name, not both: a stack has its own store"
            raise ConfigurationError(msg)
        # These are parsed when they are used: other commands do not fail if they are invalid.
        unused = {"IMGMETA_STORE": "", "IMGMETA_NOTIFY": ""}
        settings = Settings.from_environment({**os.environ, **unused})
        if as_json:
            escape_unencodable(sys.stdout, encoding="utf-8")  # RFC 8259, section 8.1
        return cls(
            replace(
                settings,
                endpoint_url=endpoint_url or settings.endpoint_url,
                profile=profile or settings.profile,
                region=region or settings.region,
                requester_pays=request_payer or settings.requester_pays,
            ),
            as_json,
            Screen(sys.stdout, os.environ),
            Screen(sys.stderr, os.environ),
            store or os.environ.get("IMGMETA_STORE", ""),
            index_stack or "",
            quiet,
            verbose,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the object store, if the command has used one."""
        objects: RoutingObjectStore | None = self.__dict__.get("object_store")
        if objects is not None:
            objects.__exit__(kind, error, traceback)

    @property
    def text_output(self) -> Screen:
        """The stream for text: standard output, or standard error with --json."""
        return self.stderr if self.as_json else self.stdout

    @property
    def notes(self) -> Screen:
        """The stream for remarks: standard error; with --quiet, none."""
        return Screen(None, {}) if self.quiet else self.stderr

    @property
    def summaries(self) -> Screen:
        """The stream for text about the whole run, such as counts; with --quiet, none."""
        return Screen(None, {}) if self.quiet else self.text_output

    @property
    def working_directory(self) -> str:
        """The prefix of the keys below the working directory."""
        try:
            return parse_target(".").prefix
        except ConfigurationError:  # the directory was deleted
            return ""

    @cached_property
    def store(self) -> Store:
        """The store of the index.

        Raises:
            ConfigurationError: its path or URL is invalid, or the stack has no index.
            TransientError: AWS is temporarily unavailable.
        """
        if self.stack_name:
            return DynamoDBTable(self.deployed.table)
        return parse_store(self.store_url) if self.store_url else self.settings.store

    @cached_property
    def aws(self) -> AWSConnection:
        """The AWS clients; they share one session, so that a command asks for an MFA code once."""
        return AWSConnection(self.settings)

    @cached_property
    def deployed(self) -> DeployedIndex:
        """The index of the stack `stack_name`.

        Raises:
            ConfigurationError: the stack does not exist, or is not a complete stack of imgmeta.
            TransientError: AWS is temporarily unavailable.
        """
        from imgmeta.deployment.bootstrap import find_deployed_index  # noqa: PLC0415 - keeps other commands fast

        return find_deployed_index(self.aws, self.stack_name)

    @cached_property
    def object_store(self) -> RoutingObjectStore:
        """The object store for local files, S3 buckets and plug-ins."""
        from imgmeta.bootstrap import open_objects  # noqa: PLC0415 - keeps other commands fast

        return open_objects(self.index_settings, self.aws)

    @cached_property
    def index_settings(self) -> Settings:
        """The settings, with the rules of indexing of the stack `stack_name`, if there is one.

        Raises:
            ConfigurationError: as for `deployed`.
            TransientError: as for `deployed`.
        """
        if not self.stack_name:
            return self.settings
        from imgmeta.deployment.bootstrap import stack_settings  # noqa: PLC0415 - keeps other commands fast

        return stack_settings(self.settings, self.deployed)

    def targets(self, texts: Sequence[str], *, command: str) -> list[Target]:
        """Return the targets, after checking that each of them exists and can be indexed.

        A file that the index has a record of need not exist: commands print it until the next sync.

        Args:
            texts: the arguments; without any, the targets are those of the stack.
            command: the command's name, for messages.

        Raises:
            ConfigurationError: a target does not exist or cannot be indexed, or there is none.
            TransientError: a bucket or the stack is unavailable.
        """
        if not texts and not self.stack_name:
            msg = f"Missing argument 'FOLDER|FILE|S3_URI' (see `imgmeta {command} --help`)"
            raise ConfigurationError(msg)
        # Every argument is checked before the first request to S3.
        parsed = [self._parse_recorded(text) for text in texts]
        suffixes = self.index_settings.suffixes
        targets = [
            check_suffix(target, text, suffixes) for target, text in zip(parsed, texts, strict=True)
        ] or list(self.deployed.targets)
        for target in dict.fromkeys(targets):
            self.object_store.check(target.bucket, target.prefix)
        return targets

    def parse_target(
        self, text: str, *, must_exist: bool = False, advice: str | None = None
    ) -> Target:
        """Return the target at a path or URI; with a stack, the part that the stack indexes.

        Args:
            text: the path or URI.
            must_exist: reject a path that does not exist. S3 is not checked.
            advice: the command's targets, for messages; None: a folder, a file or a prefix.

        Raises:
            ConfigurationError: the text is not a target, or the stack does not index it.
            TransientError: the stack is unavailable.
        """
        must_exist = must_exist and not self.stack_name
        target = parse_target(text, must_exist=must_exist, advice=advice)
        return self.within_stack(target, text)

    def _parse_recorded(self, text: str) -> Target:
        try:
            return self.parse_target(text, must_exist=True)
        except ConfigurationError:
            target = self.parse_target(text)
            if target.exact and self._is_recorded(target.location):
                return target
            raise

    def _is_recorded(self, location: ObjectLocation) -> bool:
        try:
            opened = open_repository(self.store, must_exist=True, keep_schema=True, aws=self.aws)
            with opened as repository:
                return repository.get(location.image_id) is not None
        except InvalidRecordError:
            return True
        except ConfigurationError:  # there is no index yet, or the command reports it later
            return False

    def within_stack(self, target: Target, text: str) -> Target:
        """Return a target, or only the part that the stack indexes if there is one.

        Args:
            target: the target.
            text: the target as given.

        Raises:
            ConfigurationError: the stack does not index the target.
            TransientError: the stack is unavailable.
        """
        return within_stack(self.deployed, target, text) if self.stack_name else target

    @contextmanager
    def open_index(self, *, must_exist: bool = True) -> Generator[tuple[ImageRepository, Indexer]]:
        """Open the repository and an indexer that writes to it; close them at the end.

        Raises:
            ConfigurationError: the store is not an imgmeta index, or does not exist.
            TransientError: the store is unavailable.
        """
        from imgmeta.bootstrap import open_indexer  # noqa: PLC0415 - keeps other commands fast

        with self.open_repository(must_exist=must_exist) as repository:
            yield (
                repository,
                open_indexer(self.index_settings, repository, objects=self.object_store),
            )

    def open_repository(
        self, *, must_exist: bool = True
    ) -> AbstractContextManager[ImageRepository]:
        """Open the repository; close it at the end.

        Raises:
            ConfigurationError: the store is not an imgmeta index, or does not exist.
            TransientError: the store is unavailable.
        """
        return open_repository(self.store, must_exist=must_exist, aws=self.aws)
