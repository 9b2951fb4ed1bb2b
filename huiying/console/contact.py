"""What the block of a ticket's customer shows and offers to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from core.domain.appraisal import DIMENSIONS, MOST_MARK, Appraisal
from core.domain.people import Permission
from huiying.console.plots import score_plot
from huiying.console.site import Site
from huiying.flows.appraise import terms_now
from huiying.flows.customer import PREFERRED
from huiying.flows.key_dates import key_dates_words
from responder.wording import period_words


def contact_choices(site: Site) -> dict[str, Any]:
    """Who may be an account manager, the ways to reach people, and of which terms they may be asked."""
    with site.context.store.read() as transaction:
        users = transaction.people.users()
    managers = [one.name for one in users if one.may(Permission.WORK_TICKETS)]
    return {
        "managers": managers,
        "preferred": tuple(PREFERRED),
        "appraisal_terms": terms_now(site.context),
        "dimensions": DIMENSIONS,
        "period_words": period_words,
        "course": _course,
        "key_dates_words": key_dates_words,
    }


def _course(appraisals: Sequence[Appraisal], label: str) -> Markup:
    """How a customer's scores went."""
    return score_plot([(one.term, one.score) for one in appraisals], label, MOST_MARK)
