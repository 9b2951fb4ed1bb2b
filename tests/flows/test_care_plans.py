"""联系计划: what is due is made once, within its limits; what would be made is seen before a plan is switched on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import BadInput, NotPermitted
from core.domain.letter import LetterIntent, LetterKind
from core.domain.mail import Address
from core.domain.people import Role, User
from core.domain.task import TaskFilter, TaskKind
from core.domain.ticket import State
from huiying.flows.answer import log_call
from huiying.flows.care_plans import DailyCare, take_step
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from huiying.flows.customer_sheet import import_customers
from huiying.flows.merge_customers import merge_customers
from huiying.flows.move import Move, move
from huiying.flows.next_step import next_step
from huiying.flows.preview_care import preview_care
from huiying.flows.send_care import AGAIN
from huiying.flows.stop_care import stop_care
from tests.factories.letters import read
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport

LEAD = User(id=2, name="zhao", role=Role.LEAD)
LI = User(id=1, name="li", display="李敏", role=Role.AGENT)
WANG, ZHAO = "wang@example.cn", "zhao@example.cn"


@pytest.fixture
def office(office: Office) -> Office:
    """Wang Fang, a VIP, and Zhao Qiang wrote on 2026-03-05, a Thursday."""
    office.bring(
        a_mail(sender=f"王芳 <{WANG}>"), a_mail(sender=f"赵强 <{ZHAO}>", mid="m2@example.cn", subject="另一件")
    )
    set_customer(office.ctx, number_of(office, WANG), {"level": "VIP"}, "li")
    return office


def number_of(office: Office, address: str) -> str:
    with office.ctx.store.read() as tx:
        customer = tx.tickets.customer_by_address(address)
        ticket = tx.tickets.newest_ticket(customer.id) if customer else None
    assert ticket
    return ticket.number


def with_plans(office: Office, text: str, words: str = "") -> Office:
    files = shipped_files()
    given = {"care.yaml": text, "replies/wording.yaml": f"portal: https://help.example.com\n{words}"}
    desk, problems = compile_desk(replace(files, files={**files.files, **given}))
    assert desk is not None and not problems, problems
    return Office(replace(office.ctx, desk=lambda: desk, desk_of=lambda bundle: desk))


def run(office: Office) -> int:
    """All that is left for the day, by a service that has just started."""
    care, steps = DailyCare(office.ctx), 0
    while care.look():
        steps += 1
    assert care.look() == 0
    return steps


def made(office: Office) -> list[tuple[str, str, str]]:
    """Kind, customer and occasion of the tasks."""
    with office.ctx.store.read() as tx:
        rows = tx.tasks.listed(TaskFilter(), "", 50).rows
    return sorted((row.task.kind.value, row.customer, row.task.occasion.split(":")[2]) for row in rows)


def letters(office: Office) -> list[tuple[str, str]]:
    return [(row.recipient_masked, row.state) for row in office.letters() if row.kind == "care"]


CALLS = "plans: {vip: {kind: call_back, mode: live, every: quarter, day: 62, for: {levels: [VIP]}, words: 问候}}"


def test_a_class_gets_its_tasks_once_a_term(office: Office, clock: FixedClock) -> None:
    """Nothing while the plan is off; a task for each of the class when its day has come, whoever runs it how often; and
    again in the next term. What is made is a task with prepared wording, and the trail says by which plan."""
    assert run(with_plans(office, CALLS.replace("live", "off"))) == 0
    there = with_plans(office, CALLS)
    assert run(there) == 1 and run(there) == 0 and made(office) == [("call_back", "王芳", "2026Q1")]
    with office.ctx.store.read() as tx:
        [row] = tx.tasks.listed(TaskFilter(), "", 50).rows
    assert (row.task.because, row.task.made_by, row.task.words) == ("plan:vip", "system", "问候 · 2026Q1")
    assert row.number == number_of(office, WANG) and row.task.wording.startswith("王芳，您好！")
    clock.at = clock.at.replace(month=5, day=30)
    run(there)
    assert len(made(office)) == 1
    clock.advance(days=2)
    run(there)
    assert [occasion for *_, occasion in made(office)] == ["2026Q1", "2026Q2"]


def test_several_addresses_are_one_customer(office: Office) -> None:
    """His key date stands with both, and he gets one task; what was made for one of them is not made for the other
    after both were found to be the same. So it is seen before, too."""
    for who in (WANG, ZHAO):
        set_customer(office.ctx, number_of(office, who), {"dates": "生日 03-06"}, "li")
    calls = CALLS.replace(", for: {levels: [VIP]}", "").replace("plans: {", "plans: {b: {kind: key_date, mode: live}, ")
    run(with_plans(office, "per_day: 1\n" + calls.replace("{kind: key_date, mode: live}", "{kind: key_date}")))
    merge_customers(office.ctx, WANG, ZHAO, LI)
    there = with_plans(office, calls)
    seen = [(one.outcome.plan.name, one.outcome.cared.because) for one in preview_care(there.ctx, LI, 0).planned]
    assert seen == [("b", ""), ("b", "made-before"), ("vip", "made-before")]
    assert run(there) and made(office) == [("call_back", "王芳", "2026Q1"), ("key_date", "赵强", "2026-03-06")]


def test_no_more_than_a_day_may_bring(office: Office, clock: FixedClock) -> None:
    """The rest comes the next day."""
    there = with_plans(office, "per_day: 1\n" + CALLS.replace(", for: {levels: [VIP]}", ""))
    run(there)
    assert [who for _, who, _ in made(office)] == ["王芳"]
    run(there)
    clock.advance(days=1)
    run(there)
    assert [who for _, who, _ in made(office)] == ["王芳", "赵强"]


def test_of_several_processes_one_does_it(office: Office) -> None:
    """Whoever has begun goes on; another makes nothing meanwhile, and says so."""
    there = with_plans(office, CALLS)
    with office.ctx.store.write() as tx:
        other = tx.workers.register("elsewhere", 2, 1.0)
        assert tx.workers.lease("care", other.id, 600)
    assert take_step(there.ctx) is None and run(there) == 0 and made(office) == []


def test_a_letter_is_one_of_care(office: Office, clock: FixedClock) -> None:
    """In hold it waits for a person; live it asks for the term with a link, in working hours; who had one lately or has
    answered gets none, and content goes to those alone who agreed to it."""
    rounds = (
        "plans: {r: {kind: satisfaction_round, mode: hold, every: quarter, day: 64, letter: care-satisfaction},"
        " a: {kind: content, mode: live, every: quarter, day: 70, letter: care-greeting, note: 新资料}}"
    )
    set_customer(office.ctx, number_of(office, ZHAO), {"consent": "2026-03-01"}, "li")
    there = with_plans(office, rounds)
    run(there)
    assert [state for _, state in letters(office)] == ["held", "held"]
    clock.advance(days=6)
    run(there)
    assert len(letters(office)) == 2
    clock.at += AGAIN
    on = with_plans(office, rounds.replace("day: 70", "day: 72").replace("a: {", "b: {"))
    run(on)
    assert [who[:1] for who, _ in letters(office)][:1] == ["z"] and len(letters(office)) == 3
    clock.advance(minutes=1)
    on.work()
    transport = on.ctx.transport
    assert isinstance(transport, MemoryTransport)
    mail = read(transport.tried[-1])
    body = mail.get_body(("plain",))
    assert mail["List-Unsubscribe"] and body and "新资料" in body.get_content()
    assert [state for _, state in letters(office)] == ["sent", "held", "held"]


def test_one_customer_on_whom_it_fails_stops_no_other(
    office: Office, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our bug on one: he is passed over after a pause, and nothing of his step is left; the others get theirs."""
    from huiying.flows import care_plans as flow

    real = flow._task

    def task(ctx, tx, plan, occasion, customer, ticket, key):
        if customer.name == "王芳":
            raise RuntimeError("our bug")
        return real(ctx, tx, plan, occasion, customer, ticket, key)

    monkeypatch.setattr(flow, "_task", task)
    care = DailyCare(with_plans(office, CALLS.replace(", for: {levels: [VIP]}", "")).ctx)
    assert (care.look(), care.look(), care.look(), made(office)) == (1, 0, 0, [])
    clock.advance(hours=1)
    while care.look():
        pass
    assert [who for _, who, _ in made(office)] == ["赵强"]


@pytest.mark.slow
def test_a_key_date_and_a_long_silence(office: Office, clock: FixedClock) -> None:
    """Told to whom the customer belongs, due by the day itself; who wrote meanwhile is not quiet."""
    set_customer(office.ctx, number_of(office, WANG), {"dates": "生日 03-09, 店庆 03-09"}, "li")
    there = with_plans(
        office,
        "plans: {b: {kind: key_date, mode: live, before: 1, letter: care-greeting, date: 店庆},"
        " c: {kind: key_date, mode: live, before: 1, date: 生日}, q: {kind: gone_quiet, mode: live, days: 14}}",
    )
    run(there)
    assert made(office) == []
    clock.advance(days=1)
    run(there)
    assert made(office) == [("key_date", "王芳", "2026-03-09")] and len(letters(office)) == 1
    with office.ctx.store.read() as tx:
        [row] = tx.tasks.listed(TaskFilter(), "", 50).rows
    assert row.task.words == "生日 2026-03-09" and row.task.due.isoformat() == "2026-03-09T10:00:00+00:00"
    office.bring(a_mail(sender=f"赵强 <{ZHAO}>", mid="m3@example.cn", subject="又一件"))
    clock.at = clock.at.replace(day=22)
    run(there)
    assert [one for one in made(office) if one[0] == "gone_quiet"] == [
        ("gone_quiet", "王芳", "2026-03-05"), ("gone_quiet", "赵强", "2026-03-06"),
    ]  # fmt: skip


def test_nobody_is_greeted_in_the_middle_of_a_complaint(office: Office, clock: FixedClock) -> None:
    """No letter goes by itself as long as it is open; a task does, for a person knows what to say."""
    number = number_of(office, ZHAO)
    correct(office.ctx, number, {"type": "投诉"}, "li")
    plan = "plans: {a: {kind: call_back, mode: live, every: quarter, day: 64, letter: care-greeting}}"
    there = with_plans(office, plan)
    seen = preview_care(there.ctx, LI, 0).planned
    assert [(one.outcome.cared.who, one.outcome.cared.because) for one in seen] == [
        ("王芳", ""), ("赵强", "open-complaint"),
    ]  # fmt: skip
    off = preview_care(with_plans(office, plan, "off: [care-greeting]").ctx, LI, 0).planned
    assert {one.outcome.cared.because for one in off} == {"letter-off"}
    run(there)
    run(with_plans(office, plan.replace(", letter: care-greeting", "").replace("a:", "b:")))
    assert len(letters(office)) == 1 and [who for _, who, _ in made(office)] == ["王芳", "赵强"]


def test_who_was_barred_is_tried_again_while_the_term_lasts(office: Office, clock: FixedClock) -> None:
    """The next day and so on, until his complaint is over, and then once; not when the term is over."""
    for who in (WANG, ZHAO):
        correct(office.ctx, number_of(office, who), {"type": "投诉"}, "li")
    plan = "plans: {a: {kind: call_back, mode: live, every: quarter, day: 64, letter: care-greeting}}"
    there = with_plans(office, plan)
    run(there)
    clock.advance(days=1)
    assert run(there) == 1 and letters(office) == []
    correct(office.ctx, number_of(office, ZHAO), {"type": "咨询"}, "li")
    assert run(there) == 0
    clock.advance(days=1)
    assert run(there) == 1 and [who[:1] for who, _ in letters(office)] == ["z"]
    clock.advance(days=1)
    assert run(there) == 1 and len(letters(office)) == 1
    clock.at = clock.at.replace(month=4, day=2)
    correct(office.ctx, number_of(office, WANG), {"type": "咨询"}, "li")
    run(there)
    assert len(letters(office)) == 1
    with office.ctx.store.read() as tx:
        assert tx.care.put_off_until(clock.at.replace(year=2030), 9) == ()


def test_nobody_is_to_call_a_machine(office: Office) -> None:
    """Nor who only sent spam; whoever a sheet brought in is a customer without a ticket."""
    office.bring(a_mail(sender="<noreply@shop.example.cn>", mid="m3@example.cn", subject="您的订单"))
    move(office.ctx, number_of(office, ZHAO), LEAD, Move(to=State.INVALID, reason="广告"))
    import_customers(office.ctx, "邮箱,客户名称\nsun@example.cn,孙丽\n".encode(), LEAD)
    there = with_plans(office, "plans: {a: {kind: call_back, every: quarter, day: 64}}")
    seen = preview_care(there.ctx, LI, 0).planned
    assert sorted((one.outcome.cared.because.partition(":")[0], one.outcome.cared.number != "") for one in seen) == [
        ("", False), ("", True), ("no-ticket", False), ("noreply-address", True),
    ]  # fmt: skip


@pytest.mark.slow
def test_who_opted_out_is_not_called_either(office: Office, clock: FixedClock) -> None:
    """None is made for him, as the preview says before; what was made and not done is dropped, with why; what a person
    promised him stays."""
    first = number_of(office, WANG)
    log_call(office.ctx, first, LI, "reached", "已说明", step=next_step("follow_up"))
    there = with_plans(office, CALLS)
    run(there)
    letter_id = office.ctx.ids()
    letter = LetterIntent(
        id=letter_id, ticket_id=office.ticket(first).ticket.id, kind=LetterKind.CARE, occasion="x", template="news",
        language="zh-CN", bundle=office.ctx.desk().bundle, mailbox="service", date=clock(), not_before=clock(),
        recipient=Address(name="王芳", address=WANG), message_id="x@example.com", variables={},
    )  # fmt: skip
    with office.ctx.store.write() as tx:
        tx.outbox.add((letter,))
    assert [kind for kind, *_ in made(office)] == ["call_back", "follow_up"]
    stop_care(office.ctx, office.ctx.signer.stop_token(letter_id))
    assert [kind for kind, *_ in made(office)] == ["follow_up"]
    [line] = [line for line in office.ticket(first).audit if line.action == "task.dropped"]
    assert line.actor == "customer" and "no more care" in dict(line.details)["reason"]
    clock.at = clock.at.replace(month=6, day=1)
    seen = preview_care(there.ctx, LI, 0).planned
    assert [one.outcome.cared.because for one in seen] == ["opted-out"]
    run(there)
    assert [kind for kind, *_ in made(office)] == ["follow_up"]


def test_it_is_seen_before_it_is_done(office: Office, clock: FixedClock) -> None:
    """Day by day, with those who would get nothing and why; and so it comes when the plan is switched on."""
    set_customer(office.ctx, number_of(office, ZHAO), {"dates": "生日 03-12", "consent": "2026-03-01"}, "li")
    text = (
        "per_day: 2\nplans: {news: {kind: content, every: quarter, day: 66, letter: care-greeting},"
        " b: {kind: key_date, before: 1, letter: care-greeting}, q: {kind: gone_quiet, days: 14}}"
    )
    there = with_plans(office, text)
    seen = preview_care(there.ctx, LI, 20)
    told = [
        (one.day.day, one.outcome.plan.name, one.outcome.cared.who, one.outcome.cared.because) for one in seen.planned
    ]
    assert seen.whole and told == [
        (7, "news", "王芳", "no-consent"), (7, "news", "赵强", ""), (11, "b", "赵强", "care-lately"),
        (19, "q", "王芳", ""), (19, "q", "赵强", ""),
    ]  # fmt: skip
    assert made(office) == [] and letters(office) == []
    only = preview_care(there.ctx, LI, 20, ("q",)).planned
    assert {one.outcome.plan.kind for one in only} == {TaskKind.GONE_QUIET}
    on = with_plans(office, text.replace("kind:", "mode: live, kind:"))
    for days in (2, 4, 8):
        clock.advance(days=days)
        run(on)
    assert len(letters(office)) == 1 and [one[0] for one in made(office)] == ["gone_quiet", "gone_quiet"]
    for days, names in ((-1, ()), (5, ("x",))):
        with pytest.raises(BadInput):
            preview_care(there.ctx, LI, days, names)
    with pytest.raises(NotPermitted):
        preview_care(there.ctx, replace(LI, role=Role.AUDITOR), 5)
