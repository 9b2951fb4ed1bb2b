"""Checks a whole bundle with every room and makes the desk of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from pathlib import PurePosixPath
from typing import TypeVar

from core.domain.bundle import BundleFiles, Problem
from core.domain.calendar import BusinessCalendar
from core.domain.notice import PERSONAL, NotifySettings
from core.domain.numbering import Numbering
from core.domain.settings import MailboxSettings
from core.domain.taxonomy import Taxonomy
from core.settings.calendars import read_builtin_calendars, read_calendar
from core.settings.care import FILE as CARE
from core.settings.care import read_care
from core.settings.content import PICTURES
from core.settings.knowledge import FILE as KNOWLEDGE
from core.settings.knowledge import read_knowledge
from core.settings.mailboxes import read_mailboxes
from core.settings.notify import FILE as NOTIFY
from core.settings.notify import read_notify
from core.settings.people import FILE as PEOPLE
from core.settings.people import read_people
from core.settings.reader import Reader, nearest
from core.settings.retention import FILE as RETENTION
from core.settings.retention import read_retention
from core.settings.taxonomy import read_taxonomy
from core.settings.understanding import FILE as UNDERSTANDING
from core.settings.understanding import read_understanding
from core.settings.words import read_words
from core.text.fold import fold
from huiying.flows.desk import Desk
from huiying.flows.suggest import Newcomers
from ingest.said import Understanding
from responder.choice import FILE as CHOICE
from responder.choice import Choices, Known, read_choices
from responder.letters import CARE as LETTERS_OF_CARE
from responder.letters import LetterBook, compile_letters
from responder.phrases import FILE as PHRASES
from responder.phrases import read_phrases
from responder.policies import Policy, compile_policies
from responder.reasons import FILE as REASONS
from responder.reasons import read_reasons
from responder.states import FILE as STATES
from responder.states import read_states
from responder.task_book import FILE as TASKS
from responder.task_book import read_tasks
from responder.testing import run_local_examples
from rules.book import RuleBook, compile_book
from rules.operators.matches import compile_pattern
from rules.opposed import find_opposed_examples
from rules.shadow import find_dead_rules
from rules.testing import test_local_rules

TAXONOMY = "taxonomy.yaml"
MAILBOXES = "mailboxes.yaml"
_FIXED = (
    TAXONOMY,
    MAILBOXES,
    CHOICE,
    STATES,
    REASONS,
    PHRASES,
    NOTIFY,
    UNDERSTANDING,
    RETENTION,
    CARE,
    TASKS,
    KNOWLEDGE,
    PEOPLE,
    "replies/wording.yaml",
)
_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "rules": (".yaml", ".yml"),
    "sla": (".yaml", ".yml"),
    "calendars": (".yaml", ".yml"),
    "replies": (".j2", *PICTURES),
    "words": (".txt",),
}
_WORD = re.compile("(?=.{2,12}$)(?=.*[\u4e00-\u9fd5])[\u4e00-\u9fd5a-z0-9]+")
_NOTES = (".md", ".example")
"""Files for people; nothing reads them."""
Read = TypeVar("Read")


@dataclass(slots=True, kw_only=True)
class _Check:
    """What was found so far."""

    files: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def take(self, found: Iterable[Problem]) -> None:
        self.problems.extend(found)

    def taken(self, answer: tuple[Read, Iterable[Problem]]) -> Read:
        """What could be read; what was wrong with it is noted."""
        read, found = answer
        self.take(found)
        return read

    def inside(self, folder: str) -> dict[str, str]:
        """The files of one folder that are meant to be read."""
        endings = _FOLDERS[folder]
        return {
            path: text
            for path, text in sorted(self.files.items())
            if path.startswith(f"{folder}/") and path.endswith(endings) and path not in _FIXED
        }


def compile_desk(files: BundleFiles) -> tuple[Desk | None, tuple[Problem, ...]]:
    """The desk and every problem of the bundle, in the order of file, line and column.

    A bundle is published only without problems. The desk is nevertheless made when taxonomy, policy and
    calendar are usable (broken rules are left out), so that a bundle that an older version accepted still runs.
    """
    check = _Check(files=files.files)
    _check_paths(check)
    taxonomy = _taxonomy(check)
    mailboxes = _mailboxes(check)
    calendars = _calendars(check)
    policies = check.taken(compile_policies(check.inside("sla"), taxonomy))
    choices = _choices(check, policies, calendars, taxonomy, mailboxes)
    policy, calendar = choices.policy, choices.calendar
    reasons = check.taken(read_reasons(files.files.get(REASONS, "")))
    states = check.taken(read_states(files.files.get(STATES, "")))
    phrases = check.taken(read_phrases(files.files.get(PHRASES, "")))
    notify = check.taken(read_notify(files.files.get(NOTIFY, ""), mailboxes))
    retention = check.taken(read_retention(files.files.get(RETENTION, "")))
    tasks = check.taken(read_tasks(files.files.get(TASKS, "")))
    knowledge = check.taken(read_knowledge(files.files.get(KNOWLEDGE, "")))
    people = check.taken(read_people(files.files.get(PEOPLE, "")))
    check.take(run_local_examples(policies, calendars, states).problems())
    letters = check.taken(compile_letters(files.files, [box.name for box in mailboxes]))
    kept = [name for name in letters.names if name.startswith(LETTERS_OF_CARE)]
    care = check.taken(read_care(files.files.get(CARE, ""), taxonomy, kept))
    understanding, numbering = _understanding(check)
    lists = _word_lists(check)
    zone = calendar.tz if calendar is not None else UTC
    book = _book(check, taxonomy, zone, lists, policies, letters, mailboxes, notify) if taxonomy is not None else None
    problems = tuple(sorted(check.problems, key=lambda one: (one.file, one.line, one.column)))
    if taxonomy is None or book is None or policy is None or calendar is None:
        return None, problems
    desk = Desk(
        bundle=files.id,
        files=files,
        taxonomy=taxonomy,
        mailboxes=tuple(replace(box, letters=box.letters.within(letters.fixed.switch)) for box in mailboxes),
        policies=policies,
        policy=policy,
        calendars=calendars,
        calendar=calendar,
        book=book,
        letters=letters,
        states=states,
        phrases=phrases,
        reasons=reasons,
        words=_kept_whole(lists),
        newcomers=Newcomers(taxonomy),
        notify=notify,
        retention=retention,
        care=care,
        tasks=tasks,
        knowledge=knowledge,
        people=people,
        choices=choices.exceptions,
        understanding=understanding,
        numbering=numbering,
    )
    return desk, problems


def _check_paths(check: _Check) -> None:
    for path in sorted(check.files):
        folder, _, rest = path.partition("/")
        if path in _FIXED or path.endswith(_NOTES) or (rest and path.endswith(_FOLDERS.get(folder, ()))):
            continue
        known = [*_FIXED, *(f"{name}/{rest or path}" for name in _FOLDERS)]
        near = nearest(path, known)
        expected = ", ".join((*_FIXED, *(f"{name}/*{endings[0]}" for name, endings in _FOLDERS.items())))
        check.problems.append(
            Problem(
                file=path,
                line=1,
                column=1,
                zh="不认识的文件",
                en="an unknown file",
                hint_zh=f"是不是 {near}？" if near else f"可以有：{expected}；说明文字请用 .md",
                hint_en=f"did you mean {near}?" if near else f"possible: {expected}; notes end with .md",
            )
        )


def _taxonomy(check: _Check) -> Taxonomy | None:
    if TAXONOMY not in check.files:
        hint = ("从安装包的 config/ 里拷回来", "copy it back from the config/ that ships")
        check.problems.append(_missing(TAXONOMY, *hint))
        return None
    return check.taken(read_taxonomy(check.files[TAXONOMY], TAXONOMY))


def _missing(file: str, hint_zh: str, hint_en: str) -> Problem:
    return Problem(
        file=file, line=1, column=1, zh="缺少这个文件", en="the file is missing", hint_zh=hint_zh, hint_en=hint_en
    )


def _mailboxes(check: _Check) -> tuple[MailboxSettings, ...]:
    return check.taken(read_mailboxes(check.files.get(MAILBOXES, ""), MAILBOXES))


def _calendars(check: _Check) -> dict[str, BusinessCalendar]:
    calendars = read_builtin_calendars()
    for path, text in check.inside("calendars").items():
        calendar = check.taken(read_calendar(text, path))
        if calendar is not None:
            calendars[calendar.name] = calendar
    return calendars


def _choices(
    check: _Check,
    policies: Mapping[str, Policy],
    calendars: Mapping[str, BusinessCalendar],
    taxonomy: Taxonomy | None,
    mailboxes: Sequence[MailboxSettings],
) -> Choices:
    """The policies and calendars that ``sla/policy.yaml`` names; the defaults where it is silent."""
    reader = Reader(CHOICE)
    known = Known(
        policies=policies, calendars=calendars, taxonomy=taxonomy, mailboxes=tuple(box.name for box in mailboxes)
    )
    choices = read_choices(reader, check.files.get(CHOICE, ""), known)
    check.take(reader.problems)
    return choices


def _understanding(check: _Check) -> tuple[Understanding, Numbering]:
    settings = check.taken(read_understanding(check.files.get(UNDERSTANDING, ""), compile_pattern))
    products = tuple((name, tuple(fold(word) for word in words)) for name, words in settings.products)
    return Understanding(orders=settings.orders, products=products), settings.numbering


def _word_lists(check: _Check) -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for path, text in check.inside("words").items():
        words[PurePosixPath(path).stem] = check.taken(read_words(text, path))
    return words


def _kept_whole(lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Chinese words of all lists, folded: English ones stand apart by themselves, and a sentence is no word."""
    words = {fold(word) for found in lists.values() for word in found}
    return tuple(sorted(word for word in words if _WORD.fullmatch(word)))


def _book(
    check: _Check,
    taxonomy: Taxonomy,
    zone: tzinfo,
    lists: Mapping[str, tuple[str, ...]],
    policies: Mapping[str, Policy],
    letters: LetterBook,
    mailboxes: Sequence[MailboxSettings],
    notify: NotifySettings,
) -> RuleBook:
    book = check.taken(
        compile_book(
            check.inside("rules"),
            taxonomy,
            words=lists,
            zone=zone,
            policies=tuple(policies),
            letters=letters.for_arrivals,
            mailboxes=tuple(box.name for box in mailboxes),
            groups=tuple(name for name, channel in notify.channels.items() if channel.kind not in PERSONAL),
        )
    )
    check.take(find_dead_rules(book.rules))
    check.take(find_opposed_examples(book.rules))
    check.take(test_local_rules(book).problems())
    return book
