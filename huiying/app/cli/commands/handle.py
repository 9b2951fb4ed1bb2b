"""Commands that handle a ticket: moves, merging, hands, urging, checks, votes, calls, parts, analysis, extensions."""

from __future__ import annotations

import typer

from core.domain.appraisal import DIMENSIONS
from core.domain.errors import BadInput, NotFound
from core.domain.part import PartState
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import State
from core.domain.vote import MARKS
from core.text.mask import mask_phone
from huiying.app.bootstrap import App
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.commands.handle_together import NUMBER, link, merge, snooze, split, tell, unmerge
from huiying.app.cli.console import emit
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_ID, instant_of, values_of
from huiying.flows.analyse import FIELDS, analysis_json
from huiying.flows.analyse import analyse as analyse_it
from huiying.flows.answer import OUTCOMES, log_call
from huiying.flows.appraise import Opinion, appraise_by_call
from huiying.flows.breach import is_late, set_breach
from huiying.flows.change import ticket_named
from huiying.flows.customer import SETTABLE, set_customer
from huiying.flows.extend import Verdict, ask_extension, decide_extension, withdraw_extension
from huiying.flows.hands import claim as claim_it
from huiying.flows.hands import give_back
from huiying.flows.hands import hand_over as hand_it_over
from huiying.flows.is_spam import is_spam, undo_spam
from huiying.flows.key_dates import key_dates_words
from huiying.flows.many import Deed, Done, Several, do_to_many, take_many_back
from huiying.flows.move import Move
from huiying.flows.move import move as move_it
from huiying.flows.move_linked import move_all
from huiying.flows.next_step import NEXT_STEPS, next_step
from huiying.flows.own_promise import MOVES, give_promise, move_promise
from huiying.flows.parts import Asked, ask_part, move_part
from huiying.flows.result import verify as verify_it
from huiying.flows.urge import urge as urge_it
from huiying.flows.vote import Ballot, vote_by_call

app = typer.Typer(help="处理工单 · Handle a ticket.", no_args_is_help=True)
_NUMBERS = typer.Argument(..., metavar="NUMBER…", help="工单号，可多张 · the tickets")
_REASON = typer.Option("", help="理由 · why")
_CUSTOMER = typer.Argument(..., metavar="FIELD=VALUE…", help=f"{', '.join(SETTABLE)}, dates; tags=a,b")
_ANALYSIS = typer.Argument(
    ..., metavar="FIELD=VALUE…", help=f"{', '.join(FIELDS)}; 空值去掉 · nothing after = takes one away"
)
_MARKS = f"NAME=1…5 ({', '.join(MARKS)})"
_DIMENSIONS = f"NAME=1…5 ({', '.join(DIMENSIONS)})"
_DECISIONS = ("approve", "by-call", "refuse", "withdraw")


@app.callback()
def _group() -> None:
    """处理工单 · Handle a ticket."""


@app.command()
def move(
    ctx: typer.Context,
    number: str = NUMBER,
    state: str = typer.Argument(..., metavar="STATE", help=" | ".join(State)),
    reason: str = _REASON,
    until: str = typer.Option("", help="挂起到何时（ISO 8601） · when a hold ends"),
    sure: bool = typer.Option(False, "--sure", help="协办未完成也继续 · although parts are open"),
    linked: bool = typer.Option(False, "--linked", help="关联的工单一起办结 · end the linked tickets, too"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """改变状态，由状态表决定是否允许 · Another state, as the table of states allows."""
    if state not in set(State):
        raise BadInput(f"{state}：应为 (expected) {', '.join(State)}")
    with call_of(ctx).app() as opened:
        wanted = Move(to=State(state), reason=reason, until=instant_of(opened, until), sure=sure)
        user = user_of(opened, agent, password_env)
        if not linked:
            tell(move_it(opened.context, number, user, wanted))
            return
        ended = move_all(opened.context, number, user, wanted)
        left_out = [{"number": other, "because": because} for other, because in ended.left_out]
        tell(ended.ticket, moved=list(ended.others), left_out=left_out)


@app.command()
def spam(
    ctx: typer.Context,
    numbers: list[str] = _NUMBERS,
    undo: bool = typer.Option(False, "--undo", help="不是垃圾：撤回判断 · it is none: take the word back"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """是垃圾：作废，不再发信 · It is spam: invalid, and no letter leaves any more."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if len(numbers) > 1:
            deed = Deed(what="spam")
            done = [Done(number=number) for number in numbers]
            context = opened.context
            _tell_several(
                opened,
                take_many_back(context, done, user, "spam") if undo else do_to_many(context, numbers, user, deed),
            )
            return
        one = (undo_spam if undo else is_spam)(opened.context, numbers[0], user)
        if one is None:
            raise BadInput(f"{numbers[0]}: 没有可撤销的 (nothing to take back)")
        tell(one)


app.command()(merge)
app.command()(unmerge)
app.command()(snooze)
app.command()(split)
app.command()(link)


@app.command()
def claim(ctx: typer.Context, numbers: list[str] = _NUMBERS, agent: str = AS, password_env: str = PASSWORD) -> None:
    """领取，须用 --as · It is mine; wants --as."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if not user.id:
            raise BadInput(
                "领取须证明是谁：--as NAME --password-env VARIABLE (prove who you are: with the password, too)"
            )
        if len(numbers) > 1:
            _tell_several(opened, do_to_many(opened.context, numbers, user, Deed(what="claim")))
        else:
            tell(claim_it(opened.context, numbers[0], user))


@app.command()
def hand_over(
    ctx: typer.Context,
    numbers: list[str] = _NUMBERS,
    to: str = typer.Option("", help="转给谁 · to whom"),
    team: str = typer.Option("", help="转给哪个部门 · to which team"),
    reason: str = _REASON,
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """转派 · To a colleague, another team, or both."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if len(numbers) > 1:
            deed = Deed(what="hand-over", to=to, team=team, reason=reason)
            _tell_several(opened, do_to_many(opened.context, numbers, user, deed))
        else:
            tell(hand_it_over(opened.context, numbers[0], user, to, team, reason))


@app.command()
def send_back(
    ctx: typer.Context,
    number: str = NUMBER,
    reason: str = typer.Option(..., help="理由 · why"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """退回 · Back to where it came from."""
    with call_of(ctx).app() as opened:
        tell(give_back(opened.context, number, user_of(opened, agent, password_env), reason))


@app.command()
def urge(ctx: typer.Context, number: str = NUMBER, agent: str = AS, password_env: str = PASSWORD) -> None:
    """客户催单 · The customer urges: priority up one, a clock of its own, one line back."""
    with call_of(ctx).app() as opened:
        tell(urge_it(opened.context, number, user_of(opened, agent, password_env)))


@app.command()
def customer(
    ctx: typer.Context,
    number: str = NUMBER,
    changes: list[str] = _CUSTOMER,
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """客户资料：等级、标签、公司、行业、称谓、电话、关键日期 · What the desk knows of the ticket's customer."""
    values = values_of(changes)
    with call_of(ctx).app() as opened:
        done = set_customer(opened.context, number, values, user_of(opened, agent, password_env).name)
        with opened.store.read() as tx:
            dates = key_dates_words(tx.key_dates.of_customer(done.id), call_of(ctx).language)
    shown = {name: getattr(done, name) for name in SETTABLE}
    emit({"number": number, **shown, "dates": dates, "phone": mask_phone(done.phone) if done.phone else ""})


@app.command()
def analyse(
    ctx: typer.Context,
    number: str = NUMBER,
    fields: list[str] = _ANALYSIS,
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """需求分析：合理性、建议、资源、四象限、原因、改进 · Reasonableness, advice, resources, root cause, improvement."""
    given = values_of(fields)
    with call_of(ctx).app() as opened:
        done = analyse_it(opened.context, number, user_of(opened, agent, password_env).name, given)
    emit({"number": number, "analysis": analysis_json(done)})


@app.command()
def verify(
    ctx: typer.Context,
    number: str = NUMBER,
    undo: bool = typer.Option(False, "--undo", help="撤回验证 · take the check back"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """结果验证 · Somebody else has checked the result."""
    with call_of(ctx).app() as opened:
        tell(verify_it(opened.context, number, user_of(opened, agent, password_env), passed=not undo))


@app.command()
def vote(
    ctx: typer.Context,
    number: str = NUMBER,
    satisfied: str = typer.Argument(..., metavar="yes|no", help="是否解决 · solved or not"),
    mark: list[str] = typer.Option([], "--mark", help=_MARKS),
    words: str = typer.Option("", help="客户的话 · in the customer's words"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """登记客户电话里的评价 · What the customer said about the result on the telephone."""
    if satisfied not in ("yes", "no"):
        raise BadInput(f"{satisfied}：应为 (expected) yes | no")
    with call_of(ctx).app() as opened:
        ballot = Ballot(satisfied=satisfied == "yes", marks=_marks(mark), words=words)
        tell(vote_by_call(opened.context, number, user_of(opened, agent, password_env), ballot))


@app.command()
def appraise(
    ctx: typer.Context,
    number: str = NUMBER,
    mark: list[str] = typer.Option(..., "--mark", help=_DIMENSIONS),
    term: str = typer.Option("", help="2026H2 | 2026Q4，默认这半年 · default: this half-year"),
    words: str = typer.Option("", help="总体评价 · overall"),
    improvement: str = typer.Option("", help="改进建议 · suggested improvements"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """登记客户电话里的定期满意度 · What the customer said of us for a half-year or a quarter."""
    with call_of(ctx).app() as opened:
        opinion = Opinion(marks=_marks(mark), words=words, improvement=improvement)
        done = appraise_by_call(opened.context, number, user_of(opened, agent, password_env), term, opinion)
    emit({"number": number, "term": done.term, "score": round(done.score, 2), "marks": dict(done.marks)})


def _marks(given: list[str]) -> dict[str, int]:
    pairs = (one.partition("=") for one in given)
    return {name: int(value) if value.isdecimal() else 0 for name, _, value in pairs}


@app.command()
def promise(
    ctx: typer.Context,
    number: str = NUMBER,
    what: str = typer.Argument(..., metavar="give|kept|cancelled|running", help="记下或改变 · note or change one"),
    promise_id: int = typer.Option(0, "--id", min=0, max=LAST_ID, help="哪一项 · which one"),
    words: str = typer.Option("", help="答应了什么 · what was promised"),
    due: str = typer.Option("", help="时限（ISO 8601），话里有时间可省略 · by when, unless the words say it"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """承诺：电话里答应的、已兑现的、不再需要的 · What an agent promised, kept, or owes no longer."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if what == "give":
            done = give_promise(opened.context, number, user.name, words, instant_of(opened, due))
        elif what in MOVES:
            done = move_promise(opened.context, number, user.name, promise_id, PromiseState(what))
        else:
            raise BadInput(f"{what}：应为 (expected) give | kept | cancelled | running")
    emit({"number": number, "promise": done.id, "due": done.due.isoformat(), "state": done.state.value})


@app.command()
def call(
    ctx: typer.Context,
    number: str = NUMBER,
    outcome: str = typer.Argument(..., metavar="OUTCOME", help=" | ".join(OUTCOMES)),
    words: str = typer.Option("", help="说了什么 · what was said"),
    keeps: list[int] = typer.Option(
        [], "--keeps", min=0, max=LAST_ID, metavar="ID", help="兑现了哪些承诺 · which promises it keeps"
    ),
    step: str = typer.Option("", "--next", help=f"下一步 · {' | '.join(NEXT_STEPS)}"),
    team: str = typer.Option("", help="转给哪个部门 · to which department"),
    due: str = typer.Option(
        "", help="下一步的时限（ISO 8601），省略按类型 · by when; as its kind is due where left out"
    ),
    todo: str = typer.Option("", help="下一步要做什么 · what to do next"),
    task: int = typer.Option(0, help="完成了哪项任务 · the task that it was"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """记一次通话或拜访，下一步生成任务 · Log a call or visit; its next step makes a task."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        follows = next_step(step, team, instant_of(opened, due), todo, task)
        logged = log_call(opened.context, number, user, outcome, words, keeps, follows)
    emit({"number": number, "call": logged.id, "outcome": outcome, "next": step or None})


@app.command()
def part(
    ctx: typer.Context,
    number: str = NUMBER,
    what: str = typer.Argument(..., metavar="ask|done|cancelled|asked", help="请求或改变 · ask for or change one"),
    part_id: int = typer.Option(0, "--id", min=0, max=LAST_ID, help="哪一项 · which one"),
    department: str = typer.Option("", help="部门 · the department"),
    output: str = typer.Option("", help="需要的产出 · what is needed"),
    person: str = typer.Option("", help="人员 · who"),
    due: str = typer.Option("", help="时限（ISO 8601） · by when"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """协办 · Parts that other departments owe."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if what == "ask":
            asked = Asked(department=department, output=output, person=person, due=instant_of(opened, due))
            done = ask_part(opened.context, number, user.name, asked)
        elif what in set(PartState):
            done = move_part(opened.context, number, part_id, user.name, PartState(what))
        else:
            raise BadInput(f"{what}：应为 (expected) ask, {', '.join(PartState)}")
    emit({"number": number, "part": done.id, "department": done.department, "state": done.state.value})


@app.command()
def extend(
    ctx: typer.Context,
    number: str = NUMBER,
    what: str = typer.Argument(..., metavar="ask|approve|by-call|refuse|withdraw", help="申请或决定 · ask or decide"),
    clock: str = typer.Option("resolution", help=" | ".join(Clock)),
    wanted: str = typer.Option("", help="新的时间（ISO 8601） · the new time"),
    reason: str = _REASON,
    extension: int = typer.Option(0, "--id", min=0, max=LAST_ID, help="哪一个申请 · which request"),
    chosen: int = typer.Option(
        0, "--promise", min=0, max=LAST_ID, help="有几个这样的时限时选哪一个 · which of several such promises"
    ),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """延期：申请，由主管决定，客户收到信后生效 · A later time: it counts when the customer's letter has left."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if what == "ask":
            until = instant_of(opened, wanted)
            if until is None:
                raise BadInput("缺少新的时间：--wanted 2026-03-05T10:00 (the new time is missing)")
            promise = _promise(opened, number, clock, PromiseState.RUNNING, chosen)
            done = ask_extension(opened.context, number, user, promise.id, until, reason)
        elif what == "withdraw":
            done = withdraw_extension(opened.context, number, user, extension)
        elif what in _DECISIONS:
            verdict = Verdict(approved=what != "refuse", because=reason, by_call=what == "by-call")
            done = decide_extension(opened.context, number, user, extension, verdict)
        else:
            raise BadInput(f"{what}：应为 (expected) ask, {', '.join(_DECISIONS)}")
    emit({"number": number, "extension": done.id, "clock": done.clock.value, "state": done.state.value})


@app.command()
def breach(
    ctx: typer.Context,
    number: str = NUMBER,
    clock: str = typer.Argument(..., metavar="CLOCK", help=" | ".join(Clock)),
    reason: str = typer.Argument(..., metavar="REASON", help="sla/reasons.yaml 的键，- 去掉 · a key, or -"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """超时原因 · Why a promise was late."""
    with call_of(ctx).app() as opened:
        late = _promise(opened, number, clock, None, 0)
        key = "" if reason == "-" else reason
        done = set_breach(opened.context, number, user_of(opened, agent, password_env), late.id, key)
    emit({"number": number, "clock": done.clock.value, "reason": done.breach})


def _promise(opened: App, number: str, clock: str, state: PromiseState | None, chosen: int) -> Promise:
    """The ticket's promise of that clock: the running one, of several that which was chosen; or the newest that is
    late."""
    if clock not in set(Clock):
        raise BadInput(f"{clock}：应为 (expected) {', '.join(Clock)}")
    with opened.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    fits = [
        p for p in detail.promises if p.clock == clock and (p.state is state if state else is_late(p, opened.context))
    ]
    if not fits:
        raise BadInput(f"{clock}: 没有这样的时限 (no such promise)")
    if not chosen and (state is None or len(fits) == 1):
        return max(fits, key=lambda p: p.id)
    one = next((p for p in fits if p.id == chosen), None)
    if one is None:
        listed = "; ".join(f"{p.id} {p.due.isoformat(timespec='minutes')} {p.because}" for p in fits)
        raise BadInput(f"有几个，用 --promise 选一个：{listed} (choose by --promise)")
    return one


def _tell_several(opened: App, several: Several) -> None:
    """A line for each; one that was left as it is says why, and so does the exit code."""
    with opened.context.store.read() as tx:
        for number in (*(one.number for one in several.done), *several.already):
            tell(ticket_named(tx, number))
    for number, no in several.left_out:
        emit({"number": number, "error": no.message, "because": no.code})
    if several.left_out:
        raise typer.Exit(1)
