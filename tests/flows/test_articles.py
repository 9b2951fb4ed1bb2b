"""The knowledge base: drafts, publishing, reviews, what is drawn from a ticket and goes into an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.article import Article, ArticleFilter, ArticleKind, ArticleState, ArticleStep, KnowledgeSettings
from core.domain.errors import BadConfiguration, BadInput, Conflict, NamesSomebody, NotFound, NotPermitted
from core.domain.people import Role, User
from core.domain.ticket import State
from core.settings.knowledge import shipped_articles
from huiying.flows.analyse import analyse
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.article_file import export_articles, import_articles, import_shipped, read_articles
from huiying.flows.correct import correct
from huiying.flows.fitting_articles import fitting, phrasings, take_into_answer
from huiying.flows.greeting import greeting
from huiying.flows.keep_as_case import case_of
from huiying.flows.write_article import (
    article_json,
    change_article,
    look_at_article,
    restore_article,
    step_article,
    write_article,
)
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT, display="李")
WANG = User(id=2, name="wang", role=Role.LEAD)
CASE = {"title": "云盘同步失败", "solution": "换一张证书，电话 13812345678"}


def test_a_lead_publishes_what_an_agent_wrote(office: Office, clock: FixedClock) -> None:
    """Contact data is masked; what may name somebody is published by whoever is sure; every step is in the trail."""
    ctx = office.ctx
    draft = write_article(ctx, LI, ArticleKind.CASE, CASE)
    assert (draft.number, draft.state, draft.parts["solution"]) == (
        "K1",
        ArticleState.DRAFT,
        "换一张证书，电话 138****5678",
    )
    with pytest.raises(NotPermitted):
        step_article(ctx, LI, "K1", ArticleStep.PUBLISHED, sure=True)
    with pytest.raises(NamesSomebody):
        step_article(ctx, WANG, "K1", ArticleStep.PUBLISHED)
    done = step_article(ctx, WANG, "K1", ArticleStep.PUBLISHED, sure=True)
    assert (done.state, done.version, done.by) == (ArticleState.PUBLISHED, 2, "wang")
    assert done.review == clock.at + timedelta(days=30) and not done.is_due(clock.at)
    with pytest.raises(NotPermitted):
        change_article(ctx, LI, "K1", {"title": "别的"})
    with ctx.store.write() as tx:
        tx.articles.add(Article(id=ctx.ids(), kind=ArticleKind.CASE, title="（已删除 erased）", by="li", at=ctx.now()))
    with pytest.raises(BadInput):
        step_article(ctx, WANG, "K2", ArticleStep.PUBLISHED)
    with ctx.store.read() as tx:
        trail = [(row.action, row.actor) for row in tx.views.audit(f"article:{done.id}", "", 9).rows]
    assert trail == [("article.published", "wang"), ("article.written", "li")]
    assert article_json(done)["review"] == "2026-04-04T02:00:00Z"


def test_it_is_looked_at_again_every_month(office: Office, clock: FixedClock) -> None:
    """A word confirms it for another month, as does a change; retired, it is due no more, and it can come back."""
    ctx = office.ctx
    write_article(ctx, WANG, ArticleKind.CASE, CASE | {"solution": "换一张证书"})
    step_article(ctx, WANG, "K1", ArticleStep.PUBLISHED)
    clock.at += timedelta(days=31)
    with ctx.store.read() as tx:
        assert tx.articles.count(ArticleFilter(due=ctx.now())) == 1
    assert step_article(ctx, WANG, "K1", ArticleStep.REVIEWED).review == clock.at + timedelta(days=30)
    clock.at += timedelta(days=31)
    changed = change_article(ctx, WANG, "K1", {"caution": "先备份"}, version=3)
    assert not changed.is_due(clock.at) and changed.version == 4
    with pytest.raises(Conflict):
        change_article(ctx, WANG, "K1", {"caution": "别的"}, version=3)
    assert change_article(ctx, WANG, "K1", {"title": "云盘\r\n 打不开"}).title == "云盘 打不开"
    with pytest.raises(Conflict):
        step_article(ctx, WANG, "K1", ArticleStep.REVIEWED, version=4)
    with pytest.raises(Conflict):
        restore_article(ctx, WANG, "K1", 1, seen=4)
    back = restore_article(ctx, WANG, "K1", 1, seen=5)
    assert (back.version, back.step, "caution" in back.parts) == (6, ArticleStep.RESTORED, False)
    assert step_article(ctx, WANG, "K1", ArticleStep.RETIRED).review is None
    with pytest.raises(BadInput):
        step_article(ctx, WANG, "K1", ArticleStep.REVIEWED)
    assert step_article(ctx, WANG, "K1", ArticleStep.DRAFTED).state is ArticleState.DRAFT


def test_every_wrong_field_is_named(office: Office) -> None:
    """At once, and nothing is kept."""
    given = {"title": "", "language": "fr", "type": "赞美", "words": "x" * 5001, "owner": "nobody", "solution": "x"}
    with pytest.raises(BadInput) as told:
        write_article(office.ctx, LI, ArticleKind.PHRASING, given)
    for name in ("title", "language", "type", "words", "owner", "solution"):
        assert f"{name}：" in told.value.message
    with office.ctx.store.read() as tx:
        assert tx.articles.get(1) is None


def test_agents_publish_where_the_desk_says_so(office: Office) -> None:
    """As ``knowledge.yaml`` has it, and after how many days."""
    desk = replace(desk_with_mailbox(), knowledge=KnowledgeSettings(review_days=7, agents_publish=True))
    ctx = replace(office.ctx, desk=lambda: desk)
    write_article(ctx, LI, ArticleKind.PHRASING, {"title": "致歉", "words": "很抱歉"})
    done = step_article(ctx, LI, "K1", ArticleStep.PUBLISHED)
    assert done.review == ctx.now() + timedelta(days=7)
    with pytest.raises(NotFound):
        step_article(ctx, LI, "K2", ArticleStep.PUBLISHED)


def test_a_resolved_ticket_becomes_a_case(office: Office, clock: FixedClock) -> None:
    """With what was found and sent; nothing in it names the customer, and what is drawn again later does not either."""
    ctx = office.ctx
    body = "您好，我是周文博，订单 SF1234567890 的云盘同步失败，证书过期，请回电 13812345678"
    [row] = office.bring(a_mail(subject="云盘", body=body, sender="周文博 <zwb@example.cn>"))
    with pytest.raises(BadInput):
        case_of(ctx, row.number)
    correct(ctx, row.number, {"type": "问题反馈"}, "li")
    analyse(ctx, row.number, "li", {"cause": "defect", "cause_words": "证书没有续期", "improvement": "到期前提醒"})
    hello = f"{greeting(office.ticket(row.number))}受理编号 {row.number}：周先生"
    text = f"{hello}，订单ＳＦ１２３４５６７８９０证书已经更换，请重新登录。"
    answer(ctx, row.number, LI, Draft(text=text, then=State.RESOLVED, sure=True))
    clock.at += UNDO
    office.work()
    drawn = case_of(ctx, row.number)
    assert (drawn["type"], drawn["language"], drawn["caution"]) == ("问题反馈", "zh-CN", "到期前提醒")
    assert (
        drawn["cause"].endswith("证书没有续期")
        and drawn["solution"] == "受理编号 ***：客户，订单***证书已经更换，请重新登录。"
    )
    told = "\n".join(drawn.values())
    for name in ("周", "SF1234567890", "13812345678", row.number):
        assert name not in told, told
    case = write_article(ctx, LI, ArticleKind.CASE, drawn | {"caution": "周先生满意"}, row.number)
    assert (case.parts["caution"], case.ticket) == ("客户满意", row.number)
    assert not look_at_article(ctx.desk(), case).naming


@pytest.mark.slow
def test_what_fits_stands_beside_a_ticket_and_goes_into_its_answer(office: Office) -> None:
    """A case by its words, a phrasing by its type, in the customer's script; how often it was taken is counted."""
    ctx = office.ctx
    import_shipped(ctx, WANG)
    case = write_article(ctx, WANG, ArticleKind.CASE, {"title": "云盘同步失败", "solution": "更换证书，重新登录软件"})
    [row] = office.bring(a_mail(subject="雲盤", body="雲盤同步一直失敗，提示證書過期，這已經是第二次了，請處理"))
    correct(ctx, row.number, {"type": "投诉"}, "li")
    assert [fit.article.title for fit in fitting(ctx, office.ticket(row.number))] == ["安抚生气的客户"]
    with pytest.raises(BadInput):
        take_into_answer(ctx, row.number, case.number)
    step_article(ctx, WANG, case.number, ArticleStep.PUBLISHED)
    first, second = fitting(ctx, office.ticket(row.number))
    assert first.article.number == case.number and "云盘" in first.words and not first.same_type
    assert second.same_type and second.article.kind is ArticleKind.PHRASING
    assert take_into_answer(ctx, row.number, case.number) == "更換證書，重新登入軟體"
    assert take_into_answer(ctx, row.number, second.article.number).startswith("很抱歉讓您遇到")
    offered = phrasings(ctx, office.ticket(row.number))
    assert offered[0].used == 1 and {one.language for one in offered} == {"zh-CN"}


@pytest.mark.slow
@pytest.mark.slow
def test_whatever_was_exported_comes_in_again(office: Office) -> None:
    """However many there are, and however many have the oldest one's title among their words."""
    many = "articles:\n" + "".join(
        f"- {{kind: case, title: 退款{n or ''}, solution: 退款 {n}}}\n" for n in range(1_050)
    )
    first = import_articles(office.ctx, LI, many, "f")
    assert (first.read, first.new) == (1_050, 1_050)
    file = "".join(f"{line}\n" for line in export_articles(office.ctx))
    again = import_articles(office.ctx, LI, file, "f")
    assert (again.read, again.new, again.same) == (1_050, 0, 1_050)


def test_articles_move_as_one_file(office: Office) -> None:
    """Exported and read in again they are the same; what is there already stays; of a wrong file nothing is taken, and
    every mistake has its line. What ships has none, and nothing to look at; what was erased moves nowhere."""
    ctx = office.ctx
    given, problems = read_articles(ctx.desk(), shipped_articles(), "f")
    assert not problems
    first = import_shipped(ctx, WANG)
    assert (first.read, first.new, first.same) == (len(given), len(given), 0)
    with ctx.store.write() as tx:
        tx.articles.add(Article(id=ctx.ids(), kind=ArticleKind.CASE, title="（已删除 erased）", by="li", at=ctx.now()))
    file = "".join(f"{line}\n" for line in export_articles(ctx))
    again, problems = read_articles(ctx.desk(), file, "f")
    assert not problems and sorted(map(repr, again)) == sorted(map(repr, given))
    assert import_articles(ctx, LI, file, "f").same == len(given)
    wrong = """articles:
- {kind: case, title: a}
- {kind: poem, title: b, solution: c}
- {kind: case, title: "", solution: "", words: c}
- {kind: case, solution: c, language: fr}
"""
    with pytest.raises(BadConfiguration) as told:
        import_articles(ctx, LI, wrong, "f")
    places = [(one.line, one.column) for one in told.value.problems]
    assert places == [(2, 3), (3, 10), (4, 23), (4, 37), (4, 48), (5, 3), (5, 39)]
    twice = "articles:\n" + "- {kind: case, title: 拨打  13812345678, solution: c}\n" * 2
    assert [import_articles(ctx, LI, twice, "f").new for _ in range(2)] == [1, 0]
    with ctx.store.read() as tx:
        every = tx.articles.find(ArticleFilter(state="published"), "", 50).rows
    assert len(every) == len(given)
    for article in every:
        look = look_at_article(ctx.desk(), article)
        assert (look.naming, look.findings) == ((), ()), article.title
