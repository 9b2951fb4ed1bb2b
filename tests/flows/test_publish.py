"""A configuration goes live as a whole or not at all."""

from __future__ import annotations

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import BadConfiguration, Conflict, NotFound
from huiying.app.desks import Desks
from huiying.flows import publish as publishing
from huiying.flows.context import Context
from huiying.flows.difference import differences
from huiying.flows.publish import publish, rollback, rollback_rules
from tests.factories.pipeline import Office, shipped_files

BAD_POLICY = "policy: no-such-policy\n"
GOOD_RULE = """rules:
  - id: mine
    title: 试一试
    when: {text: 试一试}
    then: {tags: [mine]}
    examples: [{text: 试一试, expect: {tags: [mine]}}, {text: x, expect: nothing}]
"""
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


def test_an_edit_that_began_from_an_older_bundle_is_refused(office: Office) -> None:
    """What somebody else published meanwhile is not overwritten; the same files meanwhile are no conflict."""
    first, _ = publish(office.ctx, shipped_files(), author="lin", reason="first")
    second, _ = publish(office.ctx, changed(note="theirs"), author="wu", reason="second", base=first.id)
    with pytest.raises(Conflict):
        publish(office.ctx, changed(note="mine"), author="lin", reason="third", base=first.id)
    again, _ = publish(office.ctx, changed(note="theirs"), author="lin", reason="same", base=first.id)
    assert again.serial == second.serial


@pytest.mark.slow
def test_rules_go_back_alone(office: Office) -> None:
    """Rules and word lists of the publication before; whatever else was changed since stays."""
    publish(office.ctx, shipped_files(), author="lin", reason="first")
    publish(office.ctx, changed(rule=GOOD_RULE), author="lin", reason="a rule", check="tried on 3 mails")
    publish(office.ctx, changed(rule=GOOD_RULE, note="kept"), author="lin", reason="a note")
    back, desk = rollback_rules(office.ctx, "", author="wu", reason="it was wrong")
    assert desk.files.files == changed(note="kept").files
    again, desk = rollback_rules(office.ctx, "", author="wu", reason="it was right")
    assert desk.files.files == changed(rule=GOOD_RULE, note="kept").files
    with office.ctx.store.read() as tx:
        history = tx.bundles.history(10)
    assert [one.serial for one in history] == [5, 4, 3, 2, 1] and (back.serial, again.serial) == (4, 5)
    assert history[3].check == "tried on 3 mails"
    with pytest.raises(NotFound):
        rollback_rules(office.ctx, "ffff", author="wu", reason="")


def test_rules_going_back_overwrite_nothing_that_is_published_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another admin made live between reading and publishing stays."""
    first, _ = publish(office.ctx, shipped_files(), author="lin", reason="first")
    publish(office.ctx, changed(rule=GOOD_RULE), author="lin", reason="second")
    real = publishing.find_bundle

    def meanwhile(ctx: Context, bundle_id: str) -> BundleFiles:
        publish(ctx, changed(rule=GOOD_RULE, note="a note"), author="wu", reason="meanwhile")
        return real(ctx, bundle_id)

    monkeypatch.setattr(publishing, "find_bundle", meanwhile)
    with pytest.raises(Conflict):
        rollback_rules(office.ctx, first.id, author="lin", reason="back")
    assert active(office) == changed(rule=GOOD_RULE, note="a note").id


def test_without_other_rules_in_the_history_there_is_nothing_to_go_back_to(office: Office) -> None:
    """It says so and publishes nothing."""
    with pytest.raises(NotFound):
        rollback_rules(office.ctx, "", author="wu", reason="")
    publish(office.ctx, shipped_files(), author="lin", reason="first")
    with pytest.raises(NotFound):
        rollback_rules(office.ctx, "", author="wu", reason="")


def test_differences_are_told_file_by_file() -> None:
    """Added, changed and removed files with their lines; what is alike is left out."""
    before, after = changed(note="one\ntwo\n"), changed(note="one\nthree\n", rule=GOOD_RULE)
    assert [(one.path, one.kind, one.added, one.removed) for one in differences(before, after)] == [
        ("README.md", "changed", 1, 1),
        ("rules/50-local.yaml", "added", len(GOOD_RULE.splitlines()), 0),
    ]
    assert [one.path for one in differences(after, before) if one.kind == "removed"] == ["rules/50-local.yaml"]
    assert differences(before, before) == ()
