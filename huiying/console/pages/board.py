"""看板: how much of the open work lies with whom, and what presses, for whoever leads."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.article import ArticleFilter, ArticleState
from core.domain.period import PeriodKind, period_of
from core.domain.task import TaskFilter, TaskState
from core.domain.ticket import State
from core.domain.views import MOST_ROWS, NOBODY
from huiying.console.access import Looking
from huiying.console.site import site_of

STATES = (
    State.NEW, State.OPEN, State.SECOND_TREATMENT, State.WAITING_CUSTOMER, State.WAITING_INTERNAL, State.ON_HOLD,
)  # fmt: skip
URGENT, COMPLAINT = "紧急", "投诉"

router = APIRouter(include_in_schema=False)


@router.get("/board")
def board_page(request: Request, viewer: Looking) -> HTMLResponse:
    """Whoever sees tickets sees it."""
    site = site_of(request)
    context, desk = site.context, site.context.desk()
    now, zone = context.now(), desk.calendar.tz
    today = period_of(PeriodKind.DAY, now.astimezone(zone).date())
    # As they are called today comes first.
    urgent, complaints = desk.taxonomy.keys("urgency", URGENT), desk.taxonomy.keys("type", COMPLAINT)
    with context.store.read() as transaction:
        board = transaction.views.board(now, today.end(zone), urgent, complaints)
        asked = len(transaction.extensions.asked("", MOST_ROWS).rows)
        late_tasks = transaction.tasks.count(TaskFilter(before=now, state=TaskState.OPEN))
        waiting = (ArticleFilter(due=now), ArticleFilter(state=ArticleState.DRAFT))
        articles = sum(map(transaction.articles.count, waiting))
        names = {one.name: one.display or one.name for one in transaction.people.users()}
    return site.page(
        request,
        "board.html",
        viewer,
        board=board,
        asked=asked,
        articles=articles,
        late_tasks=late_tasks,
        names=names,
        nobody=NOBODY,
        states=STATES,
        urgent=urgent[0],
        complaint=complaints[0],
    )
