"""What the form of a ticket's customer offers to choose from."""

from __future__ import annotations

from typing import Any

from core.domain.people import Permission
from huiying.console.site import Site
from huiying.flows.customer import PREFERRED


def contact_choices(site: Site) -> dict[str, Any]:
    """Who may be an account manager, and the ways to reach people."""
    with site.context.store.read() as transaction:
        users = transaction.people.users()
    managers = [one.name for one in users if one.may(Permission.WORK_TICKETS)]
    return {"managers": managers, "preferred": tuple(PREFERRED)}
