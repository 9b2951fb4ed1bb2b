"""The page of models: what was learnt, how good it is, which one serves, and who may change that."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.portrait import portrait
from core.domain.model import ModelRecord
from core.domain.people import Role
from tests.factories.console import add_user


@pytest.fixture
def admin(office, browser):
    add_user(office.ctx, "root", Role.ADMIN)
    add_user(office.ctx, "ann", Role.ADMIN, "en")
    return browser("root")


GATE = {"n": 30, "accuracy": 0.8, "before": 0.7, "lost": 1, "won": 4, "odds": 0.9, "ece": 0.05, "ece_before": 0.06}


def a_model(office, version, *, active=False, because=(), key="", before="", faultless=False):
    """A version whose answers on sixty rows are told; one mistake is about the message ``key``."""
    random = np.random.default_rng(1)
    sure = random.uniform(0.4, 0.99, 60)
    right = np.where((sure > 0.5) if faultless else random.random(60) < sure, 0, 1)
    held = portrait(np.stack([sure, 1 - sure], axis=1), right, ("咨询", "投诉"), [key] * 60, np.ones(60))
    card = {
        "labels": 60,
        "labelled": ["2026-03-01T00:00:00+00:00", "2026-03-05T00:00:00+00:00"],
        "terms": 1200,
        "before": before,
        "gate": {"passed": not because, "because": list(because), "targets": {"type": GATE}},
        "targets": {
            "type": {
                "counts": {"咨询": 40, "投诉": 20},
                "threshold": None,
                "held_out": held,
                "blend": {"threshold": 0.91, "seed_accuracy": 0.4, "held_out": held},
            }
        },
    }
    with office.ctx.store.write() as tx:
        tx.models.add(ModelRecord(id=office.ctx.ids(), version=version, at=office.ctx.now(), card=card), b"")
        if active:
            tx.models.activate(version)


def test_without_a_model_the_shipped_one_serves(admin):
    """The page says so, and how many labels there are."""
    page = admin.get("/models").text
    assert "已有 0 封来信" in page
    assert "seed" in page


def test_versions_are_listed_with_verdict_and_figures(office, admin):
    """The serving one is marked; one that was kept aside says why, in words."""
    a_model(office, "own-a", active=True)
    a_model(office, "own-b", because=("accuracy:type", "urgent"))
    page = admin.get("/models").text
    assert page.index("own-b") < page.index("own-a")
    assert "在最新标签上错得明显更多：" in page
    assert "漏掉了之前能发现的紧急来信" in page


def test_a_model_shows_its_plots_with_the_numbers_behind(office, admin, browser):
    """Interval, reliability, confusion and the surest mistakes with their ticket; in both languages."""
    (row,) = office.bring(
        b"From: a@example.cn\r\nTo: service@example.com\r\nSubject: x\r\nMessage-ID: <m@e.cn>\r\n\r\nhow much?\r\n"
    )
    with office.ctx.store.read() as tx:
        message = tx.tickets.first_message(row.ticket_id)
    a_model(office, "own-a", active=True)
    a_model(office, "own-b", key=str(message.id), before="own-a")
    page = admin.get("/models/own-b").text
    assert page.count('<svg class="plot"') == 2
    assert f"/tickets/{row.number}" in page
    assert "最差的几类" in page and "只有新的对" in page and "0.060 → 0.050" in page
    assert "比之前的版本 +0.0 个百分点" in page
    english = browser("ann").get("/models/own-b").text
    assert "need no agent" in english
    assert "Confidence against accuracy" in english
    assert admin.get("/models/own-none").status_code == 404


def test_the_slider_answers_with_share_and_accuracy(office, admin):
    """Each step is one sentence; a target that the model does not have is not found."""
    a_model(office, "own-a")
    first, last = (admin.get(f"/models/own-a/accepted?target=type&step={step}").text for step in (0, 99))
    assert "5 % 无需人工" in first
    assert "100 % 无需人工" in last
    assert admin.get("/models/own-a/accepted?target=topic").status_code == 404


def test_an_admin_promotes_and_goes_back(office, admin):
    """The registry follows, and the audit trail names the admin."""
    a_model(office, "own-a")
    admin.get("/models")
    assert admin.post("/models", action="promote", version="own-a").status_code == 303
    with office.ctx.store.read() as tx:
        assert tx.models.active() == "own-a"
    admin.post("/models", action="rollback")
    with office.ctx.store.read() as tx:
        assert tx.models.active() == ""
        assert [row.actor for row in tx.views.audit("model", "", 9).rows] == ["root", "root"]
    assert admin.post("/models", action="nonsense").status_code == 422


def test_agents_do_not_change_models(office, admin, agent):
    """Neither page nor action, and no way to it in the navigation."""
    a_model(office, "own-a")
    assert agent.get("/models").status_code == 403
    assert agent.post("/models", action="promote", version="own-a").status_code == 403
    assert 'href="/models"' not in agent.get("/queue").text
    assert 'href="/models"' in admin.get("/queue").text


def test_all_of_them_right_is_a_hundred_percent(office, admin):
    """A probability is never told as 100 %; a share that was counted is."""
    a_model(office, "own-a", active=True, faultless=True)
    assert "需求类型 100 %" in admin.get("/models").text
    page = admin.get("/models/own-a").text
    assert "没见过的样本上正确率 100 %（95 % 区间 94 % – 100 %，60 条）" in page
