"""A value is renamed, merged, retired or added in the taxonomy's file alone; what agents said goes on counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from classifier.lesson import Lesson
from core.domain.decision import Occasion
from core.domain.errors import BadInput
from core.domain.keys import KeyRing
from core.domain.suggestion import MessageText, Suggestion
from core.settings.taxonomy import read_taxonomy
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from huiying.flows.desk import Desk
from huiying.flows.labels import labels
from huiying.flows.retrain import retrain
from huiying.flows.rule_facts import Moment, ticket_facts
from huiying.flows.show import show
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.keyword_suggester import KeywordSuggester

FILE = "taxonomy.yaml"


def lived(*changes: tuple[str, str]) -> Desk:
    """The desk after somebody edited its taxonomy."""
    files = shipped_files()
    text = files.files[FILE]
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    assert read_taxonomy(text, FILE)[1] == ()
    desk, problems = compile_desk(replace(files, files={**files.files, FILE: text}))
    assert desk is not None and problems == (), problems
    return desk


RENAMED = ("    - key: 投诉\n", "    - key: 不满\n      formerly: [投诉]\n")
ADDED = (
    "    - key: 合作需求\n",
    "    - key: 培训\n      english: training\n      zh: 培训\n      en: Training\n      team: 商务组\n"
    "      description: 安排培训课程\n      examples: [希望安排一次新员工培训课程]\n    - key: 合作需求\n",
)


@pytest.fixture
def taught(office: Office) -> Office:
    """Two tickets: one that an agent called 投诉, one that he called 合作需求."""
    for i, value in enumerate(("投诉", "合作需求")):
        (row,) = office.bring(a_mail(subject="x", body=f"第 {i} 封来信", mid=f"l{i}@e.cn", sender=f"c{i} <c{i}@e.cn>"))
        correct(office.ctx, row.number, {"type": value}, "li")
    return office


def told(office: Office, desk: Desk) -> list[str]:
    ctx = replace(office.ctx, desk=lambda: desk)
    with ctx.store.read() as tx:
        return [label.row.labels["type"] for label in labels(ctx, tx) if "type" in label.row.labels]


@pytest.mark.slow
def test_labels_follow_a_value_to_its_new_name(taught: Office) -> None:
    """A rename, and a merge of two into one; rules that name the old key go on, for the file still compiles."""
    assert told(taught, desk_with_mailbox()) == ["投诉", "合作需求"]
    assert told(taught, lived(RENAMED)) == ["不满", "合作需求"]
    merged = ("    - key: 服务需求\n", "    - key: 服务需求\n      formerly: [合作]\n")
    assert told(taught, lived(RENAMED, merged)) == ["不满", "合作需求"]


def test_a_fit_is_told_what_was_renamed(taught: Office) -> None:
    """The shipped model and the serving one know former keys only: without this their word would count as wrong."""
    told: list[Lesson] = []

    def fit(lesson: Lesson) -> bytes:
        told.append(lesson)
        raise BadInput("seen enough")

    ctx = replace(taught.ctx, desk=lambda: lived(RENAMED))
    with pytest.raises(BadInput, match="seen enough"):
        retrain(ctx, fit)
    assert told[0].renamed == {"type": {"投诉": "不满"}}


def test_mail_after_a_rename_is_suggested_under_the_new_name(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """Though the model was fitted before and says the old one; team and reasons are those of the new."""
    office = Office(worker_context(sqlite_store, keys, clock, desk=lived(RENAMED)))
    (row,) = office.bring(a_mail(subject="x", body="complain: unacceptable"))
    detail = office.ticket(row.number)
    assert detail.decisions[0].decision.suggestion.fields["type"].value == "不满"
    assert detail.ticket.fields["type"] == "不满" and detail.ticket.fields["team"] == "客户关系组"


class Unsure(KeywordSuggester):
    """The same, but never sure of a type."""

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        return tuple(
            replace(each, fields={"type": replace(each.fields["type"], confidence=0.3, alternatives=())})
            for each in super().suggest(messages)
        )


def test_a_new_type_is_suggested_at_once(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """From its description and example alone, before anybody has labelled one; not for other mail."""
    office = Office(worker_context(sqlite_store, keys, clock, desk=lived(ADDED), suggester=Unsure()))
    rows = office.bring(
        a_mail(subject="咨询", body="能不能安排新员工的培训课程", mid="n1@e.cn"),
        a_mail(subject="发票", body="抬头写的是旧名称", mid="n2@e.cn"),
    )
    suggested = [office.ticket(row.number).decisions[0].decision.suggestion.fields["type"] for row in rows]
    assert suggested[0].value == "培训"
    assert suggested[1].value != "培训" and not suggested[0].accepted


def test_what_the_desk_promises_and_says_follows_a_rename(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """A complaint stays complex, is checked before its result and answered as one, whatever it is called; tickets of
    before the rename too, which the API and the rules see under today's name."""
    before, after = desk_with_mailbox(), lived(RENAMED)
    for name, policy in before.policies.items():
        renamed = after.policies[name]
        assert set(renamed.checked_types) == {*policy.checked_types, "不满"}
        for type_ in ("不满", "投诉"):
            now = renamed.complex_because(type_=type_, priority="中", departments=1)
            assert bool(now) == bool(policy.complex_because(type_="投诉", priority="中", departments=1))
    office = Office(worker_context(sqlite_store, keys, clock))
    (row,) = office.bring(a_mail(subject="投诉你们的服务", body="我要投诉！上门师傅态度恶劣。", mid="old@e.cn"))
    old = office.ticket(row.number).ticket
    assert old.fields["type"] == "投诉"
    later = replace(office.ctx, desk=lambda: after)
    assert show(later, row.number)["fields"]["type"] == "不满"
    with sqlite_store.read() as tx:
        facts = ticket_facts(after, tx, old, None, Moment(occasion=Occasion.CLOCK, at=clock()))
    assert dict(facts.fields)["type"] == "不满"
    (again,) = Office(later).bring(
        a_mail(subject="投诉你们的服务", body="我要投诉！发货一拖再拖。", mid="new@e.cn", sender="李四 <li@e2.cn>")
    )
    ticket = office.ticket(again.number)
    assert ticket.ticket.fields["type"] == "不满"
    assert {p.clock: p.due - ticket.ticket.received for p in ticket.promises} == {
        p.clock: p.due - old.received for p in office.ticket(row.number).promises
    }
    with sqlite_store.read() as tx:
        letters = [tx.outbox.intent(letter.id) for letter in (*office.ticket(row.number).letters, *ticket.letters)]
    assert [one.variables["upset"] for one in letters if one] == ["1", "1"]


def test_a_ticket_stands_in_its_quadrant(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """Important by type, gravity, impact or the customer, urgent by urgency; whatever the type is called since."""
    office = Office(worker_context(sqlite_store, keys, clock))
    (row,) = office.bring(a_mail(subject="建议增加导出功能", body="希望增加批量导出的功能。", mid="q@e.cn"))
    for changed, expected in (
        ({"type": "功能需求", "urgency": "常规"}, 2), ({"urgency": "紧急"}, 1), ({"type": "咨询"}, 3),
        ({"urgency": "常规"}, 4), ({"gravity": "重大"}, 2),
    ):  # fmt: skip
        correct(office.ctx, row.number, changed, "li")
        assert show(office.ctx, row.number)["quadrant"] == expected, changed
    set_customer(office.ctx, row.number, {"level": "VIP"}, "li")
    correct(office.ctx, row.number, {"gravity": "一般"}, "li")
    assert show(office.ctx, row.number)["quadrant"] == 2


@pytest.mark.slow
def test_a_policy_that_asks_for_an_unknown_type_is_refused() -> None:
    """With its place and the nearest name, before it goes live; a name of before a rename is understood."""
    files = shipped_files()
    mine = (
        "name: mine\nbased_on: standard\nnext_update:\n"
        "  complex: {when: {type: [TYPE]}, first: 4 工作小时, then: 4 工作小时}\n"
        "  others: {first: 3 工作日, then: 3 工作日}\n"
    )

    def problems(type_: str, *changes: tuple[str, str]) -> list[str]:
        taxonomy = files.files[FILE]
        for before, after in changes:
            taxonomy = taxonomy.replace(before, after)
        more = {FILE: taxonomy, "sla/mine.yaml": mine.replace("TYPE", type_)}
        _, found = compile_desk(replace(files, files={**files.files, **more}))
        return [f"{one.file}:{one.line}:{one.column} {one.hint_en}" for one in found]

    assert problems("投诉") == [] and problems("投诉", RENAMED) == [] and problems("不满", RENAMED) == []
    (wrong,) = problems("投拆")
    assert wrong.startswith("sla/mine.yaml:4:27 ") and "投诉" in wrong
