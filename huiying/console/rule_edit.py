"""An edit of one file about rules: what it would make of the configuration, and what the check says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.domain.bundle import BundleFiles, Problem
from core.domain.errors import BadInput
from huiying.console.jobs import Job
from huiying.console.rule_life import DAYS, is_editable, try_desk
from huiying.console.site import Site
from huiying.flows.backtest import count_mails, grouped, in_short
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.difference import FileDifference, differences
from huiying.flows.publish import find_bundle
from rules.testing import ExamplesResult, test_local_rules

MOST_CHARACTERS = 400_000


class ReasonNeeded(BadInput):
    """A reason is needed: it stays in the history."""

    code = "reason-needed"


class BadFileName(BadInput):
    """No page edits a file of that name."""

    code = "bad-file-name"


class CannotWrite(BadInput):
    """The form cannot write into this file: its rules do not stand in lines of their own."""

    code = "cannot-write"
    hint = "/rules/edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One file as somebody wants it, in the bundle that he began from, and what the check says about it."""

    file: str
    base: BundleFiles
    files: BundleFiles
    desk: Desk | None
    problems: tuple[Problem, ...]

    @property
    def changes(self) -> tuple[FileDifference, ...]:
        return differences(self.base, self.files)

    @property
    def tested(self) -> ExamplesResult | None:
        return test_local_rules(self.desk.book) if self.desk is not None else None


def checked_path(file: str) -> str:
    path = file.strip()
    if not is_editable(path):
        raise BadFileName(f"{path[:100]}: rules/NAME.yaml or words/NAME.txt")
    return path


def make_edit(site: Site, file: str, base: str, content: str) -> Edit:
    if len(content) > MOST_CHARACTERS:
        raise BadInput("The file is too long.")
    path, began = checked_path(file), find_bundle(site.context, base)
    text = content.removeprefix("\ufeff").replace("\r\n", "\n")
    files = {**began.files, path: text}
    if not text.strip():
        del files[path]
    wanted = BundleFiles(files=files)
    desk, problems = compile_desk(wanted)
    return Edit(file=path, base=began, files=wanted, desk=desk, problems=problems)


def backtest_edit(site: Site, desk: Desk, job: Job) -> dict[str, object]:
    found = try_desk(site, desk, job)
    return {
        "groups": grouped(found.changes),
        "tried": desk.bundle,
        "total": found.as_json(desk.book),
        "local": {rule.id for rule in desk.book.rules if not rule.builtin},
    }


def is_tried(site: Site, found: Edit) -> bool:
    """Whether the page has shown what these very files change on past mail; without past mail there is nothing."""
    job = site.jobs.latest("backtest")
    if job is not None and job.result["tried"] == found.files.id:
        return True
    until = site.context.now()
    return not count_mails(site.context.store, until - timedelta(days=DAYS), until + timedelta(minutes=1))


def begin_backtest(site: Site, desk: Desk, *, asked: bool = True) -> Job:
    """``asked`` False: somebody wanted to publish, and is shown this first."""
    kind = "backtest" if asked else "before"
    return site.jobs.start("backtest", lambda job: backtest_edit(site, desk, job) | {"because": kind})


def what_was_checked(site: Site, found: Edit) -> str:
    """For the history: how many examples passed, and what the last backtest found if it was one of these very files."""
    said = f"examples {found.tested.local.examples if found.tested else 0} ok"
    job = site.jobs.latest("backtest")
    if job is None or job.result["tried"] != found.files.id:
        return said
    total = job.result["total"]
    return f"{said}; {DAYS} d: {in_short(total)}"
