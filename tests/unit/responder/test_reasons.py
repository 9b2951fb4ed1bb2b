"""Lists of reasons: shipped in both languages, changed by a file of the desk."""

from __future__ import annotations

from responder.reasons import read_reasons


def test_the_shipped_lists_have_words_in_both_languages() -> None:
    """Each reason differs from its English."""
    reasons, problems = read_reasons()
    assert not problems and len(reasons.breach) >= 6 and reasons.hold and reasons.cause
    for reason in (*reasons.breach.values(), *reasons.hold.values(), *reasons.cause.values()):
        assert reason.words("zh-CN") == reason.zh != reason.words("en") == reason.en


def test_a_file_adds_changes_and_takes_away() -> None:
    """What it does not name stays."""
    content = "breach:\n  weather: [台风, a typhoon]\n  busy: [太忙]\n  overlooked: []\n"
    reasons, problems = read_reasons(content)
    assert not problems and reasons.breach["weather"].words("en") == "a typhoon"
    assert reasons.breach["busy"].en == "太忙" and "overlooked" not in reasons.breach and "system" in reasons.breach


def test_mistakes_are_told_with_their_place() -> None:
    """An unknown list, and a reason with three entries."""
    _, problems = read_reasons("breech: {}\nhold:\n  x: [一, 二, 三]\n")
    assert [(p.file, p.line) for p in problems] == [("sla/reasons.yaml", 1), ("sla/reasons.yaml", 3)]
    assert "breach" in problems[0].hint_en
