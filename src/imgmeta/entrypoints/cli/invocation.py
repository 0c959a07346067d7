"""What a command works with: the settings, the index, and the screens it shows things on."""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import Settings
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.arguments import check_suffix
from imgmeta.entrypoints.cli.screen import Screen, escape_unencodable
from imgmeta.ports import ImageRepository
from imgmeta.service import Indexer

__all__ = ["Invocation"]


@dataclass(frozen=True)
class Invocation:
    """The settings and screens of one command.

    Attributes:
        settings: from the environment and the options.
        as_json: whether standard output is for JSON Lines alone.
        output: standard output.
        messages: standard error.
    """

    settings: Settings
    as_json: bool
    output: Screen
    messages: Screen

    @classmethod
    def start(cls, store: str | None, *, as_json: bool) -> Self:
        """Return the invocation that the process's environment and the shared options make.

        Raises:
            ConfigurationError: a variable has a value that it cannot have.
        """
        settings = Settings.from_environment(os.environ)
        if as_json:
            escape_unencodable(sys.stdout, encoding="utf-8")  # RFC 8259, section 8.1
        return cls(
            replace(settings, store=store or settings.store),
            as_json,
            Screen(sys.stdout, os.environ),
            Screen(sys.stderr, os.environ),
        )

    @property
    def account(self) -> Screen:
        """Where a command says what it did: standard output, unless that is for JSON alone."""
        return self.messages if self.as_json else self.output

    @property
    def working_folder(self) -> str:
        """The prefix of the keys below the working folder."""
        try:
            return parse_target(".").prefix
        except OSError:  # it was removed
            return ""

    def targets(self, texts: Iterable[str]) -> list[Target]:
        """Return the targets that are named, all of them there and fit to be indexed.

        Raises:
            ConfigurationError: one of them is not.
        """
        suffixes = self.settings.suffixes
        return [check_suffix(parse_target(text), text, suffixes) for text in texts]

    @contextmanager
    def index(self, *, must_exist: bool = True) -> Generator[tuple[ImageRepository, Indexer]]:
        """Open the index for a while, and the use cases over it.

        Raises:
            ConfigurationError: it is no index of ours, or not there though it must be.
        """
        with open_repository(self.settings.store, must_exist=must_exist) as repository:
            yield repository, open_indexer(self.settings, repository)
