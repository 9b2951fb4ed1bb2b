"""A configuration goes live as a whole or not at all."""

from __future__ import annotations

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import BadConfiguration, NotFound
from huiying.app.desks import Desks
from huiying.flows.publish import publish, rollback
from tests.factories.pipeline import Office, shipped_files

BAD_POLICY = "policy: no-such-policy\n"
BAD_RULE = "rules:\n  - id: half\n    title: 没写完\n"


def changed(**files: str) -> BundleFiles:
    """The shipped files with some replaced; ``sla_policy`` stands for sla/policy.yaml."""
    paths = {"sla_policy": "sla/policy.yaml", "rule": "rules/50-local.yaml", "note": "README.md"}
    return BundleFiles(files={**shipped_files().files, **{paths[name]: text for name, text in files.items()}})


def active(office: Office) -> str:
    with office.ctx.store.read() as tx:
        record = tx.bundles.active()
    return record.id if record else ""


def test_good_files_become_the_active_bundle(office: Office) -> None:
    """The record names author and reason; another process compiles the same desk from the database."""
    record, desk = publish(office.ctx, shipped_files(), author="lin", reason="first")
    assert (record.id, record.author, record.reason) == (desk.bundle, "lin", "first")
    assert Desks(office.ctx.store).active().mailboxes == desk.mailboxes


def test_a_bad_one_is_refused_with_every_problem(office: Office) -> None:
    """Each mistake is told with file, line and column; what was active stays so."""
    publish(office.ctx, shipped_files(), author="lin", reason="first")
    before = active(office)
    with pytest.raises(BadConfiguration) as told:
        publish(office.ctx, changed(sla_policy=BAD_POLICY, rule=BAD_RULE), author="lin", reason="broken")
    files = {problem.file for problem in told.value.problems}
    assert files == {"sla/policy.yaml", "rules/50-local.yaml"}
    assert all(problem.line >= 1 and problem.column >= 1 and problem.zh for problem in told.value.problems)
    assert active(office) == before


def test_a_rollback_is_one_more_publication(office: Office) -> None:
    """The older bundle is active again; history keeps all three steps."""
    first, _ = publish(office.ctx, shipped_files(), author="lin", reason="first")
    publish(office.ctx, changed(note="a note"), author="lin", reason="second")
    back = rollback(office.ctx, first.id[:8], author="wu", reason="back")
    with office.ctx.store.read() as tx:
        history = tx.bundles.history(10)
    assert active(office) == first.id == back.id
    assert len(history) == 3 and back.serial == 3


def test_an_unknown_bundle_cannot_be_rolled_back_to(office: Office) -> None:
    """Nothing is guessed."""
    publish(office.ctx, shipped_files(), author="lin", reason="first")
    with pytest.raises(NotFound):
        rollback(office.ctx, "ffff", author="lin", reason="back")


def test_the_same_files_are_published_once(office: Office) -> None:
    """A start with unchanged files adds nothing to the history."""
    first, _ = publish(office.ctx, shipped_files(), author="lin", reason="first")
    again, _ = publish(office.ctx, shipped_files(), author="wu", reason="again")
    assert again.serial == first.serial
