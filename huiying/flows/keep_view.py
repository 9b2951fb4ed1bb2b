"""视图: a filter of the queue is kept under a name, renamed, moved among the others and removed."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.filing import AuditEntry
from core.domain.people import Role, User
from core.domain.saved_view import ME, MOST_VIEWS, SavedView
from core.domain.seen import seen
from core.domain.views import QueueFilter
from core.text.mask import mask
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

KEEPING_FOR_ALL = (Role.LEAD, Role.ADMIN)
"""Whose views the team sees."""
MOST_LETTERS = 40


def save_view(ctx: Context, user: User, name: str, which: QueueFilter, *, team: bool = False) -> SavedView:
    """One of that name gets another filter. Raises ``NotPermitted`` for a team's view of somebody who does not lead,
    and ``BadInput`` for a name that shows nothing or is too long, too many views, and words with contact data."""
    owner = _owner(user, team=team)
    called = _checked(name)
    if mask(which.text) != which.text:
        raise BadInput("搜索词里有联系方式，不能存成视图 (words with contact data are not kept in a view)")
    kept = replace(
        which, type_was=(), person="", now=None, assignee=ME if which.assignee == user.name else which.assignee
    )
    with ctx.store.write() as tx:
        views = tx.saved_views.of(owner)
        same = next((one for one in views if one.name == called), None)
        if same is None and len(views) >= MOST_VIEWS:
            raise BadInput(f"最多 {MOST_VIEWS} 个视图 (at most {MOST_VIEWS} views)")
        place = max((one.place for one in views), default=0) + 1
        new = replace(same, which=kept) if same else SavedView(
            id=ctx.ids(), owner=owner, name=called, place=place, which=kept
        )  # fmt: skip
        tx.saved_views.save(new)
        _record(ctx, tx, user, "view.saved", new)
    return new


def rename_view(ctx: Context, user: User, view_id: int, name: str) -> SavedView:
    """Raises ``NotFound``, ``NotPermitted``, and ``BadInput`` for a name that is taken or cannot be one."""
    called = _checked(name)
    with ctx.store.write() as tx:
        view = _own(tx, user, view_id)
        if any(one.name == called and one.id != view.id for one in tx.saved_views.of(view.owner)):
            raise BadInput("已有这个名字的视图 (there is a view of that name)")
        renamed = replace(view, name=called)
        tx.saved_views.save(renamed)
        _record(ctx, tx, user, "view.renamed", renamed)
    return renamed


def shift_view(ctx: Context, user: User, view_id: int, step: int) -> None:
    """One place on (1) or back (-1) among its owner's, as far as there is one. Raises as ``rename_view``."""
    with ctx.store.write() as tx:
        view = _own(tx, user, view_id)
        order = list(tx.saved_views.of(view.owner))
        at = order.index(view)
        to = at + (1 if step > 0 else -1)
        if not 0 <= to < len(order):
            return
        order[at], order[to] = order[to], order[at]
        for place, one in enumerate(order, 1):
            if one.place != place:
                tx.saved_views.save(replace(one, place=place))
        _record(ctx, tx, user, "view.moved", view)


def remove_view(ctx: Context, user: User, view_id: int) -> SavedView:
    """What it was. Raises as ``rename_view``."""
    with ctx.store.write() as tx:
        view = _own(tx, user, view_id)
        tx.saved_views.remove(view.id)
        _record(ctx, tx, user, "view.removed", view)
    return view


def filter_for(view: SavedView, user: User) -> QueueFilter:
    """What the view shows to that user."""
    return replace(view.which, assignee=user.name) if view.which.assignee == ME else view.which


def may_keep(user: User, view: SavedView) -> bool:
    return user.role in KEEPING_FOR_ALL if not view.owner else view.owner == user.name


def _owner(user: User, *, team: bool) -> str:
    if team and user.role not in KEEPING_FOR_ALL:
        raise NotPermitted
    return "" if team else user.name


def _own(tx: Transaction, user: User, view_id: int) -> SavedView:
    view = tx.saved_views.get(view_id)
    if view is None or view.owner not in ("", user.name):
        raise NotFound(f"no view {view_id}")
    if not may_keep(user, view):
        raise NotPermitted
    return view


def _checked(name: str) -> str:
    called = mask(" ".join(name.split()))
    if not seen(called) or len(called) > MOST_LETTERS:
        raise BadInput(f"请写一个名字，最多 {MOST_LETTERS} 个字 (a name of at most {MOST_LETTERS} characters)")
    return called


def _record(ctx: Context, tx: Transaction, user: User, action: str, view: SavedView) -> None:
    """Without its words: they may name a customer, who may be erased."""
    details = (("team", "no" if view.owner else "yes"),)
    tx.audit.add(
        [
            AuditEntry(
                id=ctx.ids(), at=ctx.now(), actor=user.name, action=action, subject=f"view:{view.id}", details=details
            )
        ]
    )
