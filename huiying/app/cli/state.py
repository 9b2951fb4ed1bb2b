"""What every command needs to know of its call: home, JSON or words, language; and how it opens the app."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from core.domain.bundle import BundleFiles
from core.domain.errors import BadConfiguration, WrongUsage
from core.settings.folder import read_folder
from huiying.app.bootstrap import App, open_app
from huiying.app.cli.console import emit, write_line
from huiying.app.home import Home, find_home, shipped_config
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk


@dataclass(slots=True)
class Call:
    """``--home`` and ``--json`` may stand before or after the sub-command: ``main`` takes them out first."""

    home: str | None = None
    json: bool = False

    @property
    def language(self) -> str:
        """zh-CN unless the locale names another language."""
        tag = os.environ.get("HUIYING_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
        return "en" if tag.lower().startswith("en") else "zh-CN"

    @property
    def wants_json(self) -> bool:
        """JSON was asked for, or nobody is looking."""
        return self.json or not sys.stdout.isatty()

    def answer(self, value: object, words: str = "") -> None:
        """For what is done rather than told: an object where JSON was asked for, else the words, if any."""
        if self.json:
            emit(value)
        elif words:
            write_line(words)

    @property
    def has_home(self) -> bool:
        return bool(self.home or os.environ.get("HUIYING_HOME"))

    def find_home(self) -> Home:
        return find_home(self.home, os.environ)

    @contextmanager
    def app(self, *, works: bool = False, unfinished: bool = False) -> Iterator[App]:
        """The opened home. Raises ``WrongUsage`` when none was named."""
        app = open_app(self.find_home(), os.environ, works=works, unfinished=unfinished)
        try:
            yield app
        finally:
            app.close()

    def desk(self) -> Desk:
        """For commands that need no home: the home's files where one is named, else what is shipped."""
        folder = self.find_home().config if self.has_home else shipped_config()
        return compiled(read_folder(folder))


def call_of(ctx: typer.Context) -> Call:
    """The call that ``main`` handed to the command."""
    call = ctx.find_object(Call)
    if call is None:
        raise WrongUsage("commands run through huiying.app.cli.main")
    return call


def compiled(files: BundleFiles) -> Desk:
    """The desk of sound files. Raises ``BadConfiguration`` with every problem."""
    desk, problems = compile_desk(files)
    if desk is None or problems:
        raise BadConfiguration(problems=problems)
    return desk
