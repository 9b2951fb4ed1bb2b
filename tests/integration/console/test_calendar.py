"""The year of a calendar as a page."""

from __future__ import annotations


def test_a_year_shows_holidays_and_makeup_days_in_both_languages(agent, browser):
    """国庆 is free, the Saturday after it is worked; each date says so."""
    text = agent.get("/calendar?year=2026").text
    assert 'title="2026-10-01 节假日 · 国庆节"' in text
    assert 'title="2026-10-10 调休上班 · 09:00–12:00, 13:00–18:00"' in text
    assert "全年 248 个工作日" in text
    assert 'title="2026-10-10 make-up day' in browser("amy").get("/calendar?year=2026").text


def test_a_year_that_is_not_announced_says_how_to_get_it(agent):
    """Provisional days are marked, and the command is named."""
    text = agent.get("/calendar?year=2027").text
    assert 'class="day-provisional" title="2027-02-06 暂定节假日 · 春节"' in text
    assert "huiying calendar generate 2027" in text


def test_only_calendars_that_exist_are_shown(agent, auditor):
    """Anyone who may look may look; an unknown name is not found, an absurd year is brought into range."""
    assert auditor.get("/calendar").status_code == 200
    assert agent.get("/calendar?name=nowhere").status_code == 404
    assert "2100" in agent.get("/calendar?year=999999").text
