"""满意度评估: asked by a letter of care, answered behind its link or on the telephone, once in each term."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from huiying.flows.appraise import LETTER, Opinion, appraise_by_call, appraise_by_link, opinion_asked
from huiying.flows.compile import compile_desk
from huiying.flows.send_care import AGAIN, Round, look_at_care, send_care
from store.open import SqlStore
from tests.factories.letters import read
from tests.factories.pipeline import Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport

LI = User(id=1, name="li", display="李敏", role=Role.AGENT)


@pytest.fixture
def server(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport) -> Office:
    """A desk with pages for customers, and Wang Fang's ticket of two weeks ago: 2026-03-19."""
    files = shipped_files()
    wording = {"replies/wording.yaml": "portal: https://help.example.com\n"}
    desk, problems = compile_desk(replace(files, files={**files.files, **wording}))
    assert desk is not None and not problems
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk, transport=server))
    office.bring(a_mail())
    clock.advance(days=14)
    server.tried.clear()
    return office


def test_a_letter_asks_and_its_link_takes_the_answer(
    office: Office, clock: FixedClock, server: MemoryTransport
) -> None:
    """Looking changes nothing; a later answer takes the place of an earlier one until the term is over for two weeks;
    who has answered is not asked again; what he wrote is masked, and the trail says no more than the score."""
    ctx = office.ctx
    [one] = send_care(ctx, Round(letter=LETTER, who=("wang@example.cn",), term="2026q1"), LI)
    assert not one.because
    clock.advance(minutes=1)
    office.work()
    body = read(server.tried[0]).get_body(("plain",))
    text = body.get_content() if body else ""
    assert "2026 年第 1 季度" in str(read(server.tried[0])["Subject"])
    token = text.partition("https://help.example.com/s/")[2].split()[0]
    asked = opinion_asked(ctx, token)
    assert (asked.term, asked.is_open, asked.given) == ("2026Q1", True, None)
    appraise_by_link(ctx, token, Opinion(marks={"quality": 2}, words="电话 13812345678"))
    clock.advance(minutes=5)
    done = appraise_by_link(ctx, token, Opinion(marks={"speed": 5, "quality": 4}, improvement="多发教程"))
    assert (done.score, done.by, done.marks) == (4.5, "", (("quality", 4), ("speed", 5)))
    assert opinion_asked(ctx, token).given == done
    detail = office.ticket(one.number)
    assert detail.appraisals == (done,)
    trail = [dict(line.details) for line in detail.audit if line.action == "customer.appraised"]
    assert trail == [{"term": "2026Q1", "score": "2.0"}, {"term": "2026Q1", "score": "4.5"}]
    clock.advance(seconds=AGAIN.total_seconds() + 60)
    for term, because in (("2026Q1", "already-appraised"), ("", "")):
        seen, _ = look_at_care(ctx, Round(letter=LETTER, who=("wang@example.cn",), term=term), LI)
        assert [each.because for each in seen] == [because]
    clock.at = clock.at.replace(month=4, day=15, hour=1)
    assert not opinion_asked(ctx, token).is_open
    with pytest.raises(BadInput, match="2026Q1"):
        appraise_by_link(ctx, token, Opinion(marks={"speed": 1}))


def test_an_agent_enters_what_was_said_on_the_telephone(office: Office) -> None:
    """For the half-year that runs unless another is named, with the agent's name; nonsense is refused."""
    ctx, number = office.ctx, office.letters()[0].number
    done = appraise_by_call(ctx, number, LI, "", Opinion(marks={"contact": 3}, words=" 还行，回电 13812345678 "))
    assert (done.term, done.by, done.words) == ("2026H1", "li", "还行，回电 138****5678")
    auditor = replace(LI, role=Role.AUDITOR)
    with pytest.raises(NotPermitted):
        appraise_by_call(ctx, number, auditor, "", Opinion(marks={"contact": 3}))
    for term, marks in (("2026H2", {"speed": 3}), ("x", {"speed": 3}), ("", {"speed": 6}), ("", {"pace": 3}), ("", {})):
        with pytest.raises(BadInput):
            appraise_by_call(ctx, number, LI, term, Opinion(marks=marks))
    assert office.ticket(number).appraisals == (done,)
    with pytest.raises(NotFound):
        opinion_asked(ctx, "1.2026h1.k1.aaaaaaaaaaaaaaaaaaaa")
