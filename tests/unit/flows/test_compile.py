"""A bundle is checked as a whole: every room, every file, all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.bundle import BundleFiles
from core.settings.folder import read_folder
from huiying.flows.compile import compile_desk
from tests.factories.pipeline import MAILBOXES

CONFIG = Path(__file__).parents[3] / "config"


def bundle(**changes):
    """The shipped configuration with files changed, added or (None) taken away; __ is /, and .yaml is added."""
    files = dict(read_folder(CONFIG).files)
    for name, text in changes.items():
        path = name.replace("__", "/") + ("" if "." in name else ".yaml")
        files.pop(path, None)
        if text is not None:
            files[path] = text
    return BundleFiles(files=files)


def said(files):
    return [f"{p.file}:{p.line}:{p.column} {p.zh} | {p.hint_zh}" for p in compile_desk(files)[1]]


def test_what_ships_has_no_problem():
    """A fresh home is ready to run."""
    desk, problems = compile_desk(read_folder(CONFIG))
    assert problems == ()
    assert desk is not None
    assert (desk.policy.name, desk.calendar.name, desk.mailboxes) == ("standard", "cn", ())
    assert desk.bundle == read_folder(CONFIG).id
    assert {"standard", "rapid-7x24", "rapid-strict", "planned"} <= set(desk.policies)
    assert {"cn", "example"} <= set(desk.calendars)
    assert "example-outage" in {rule.id for rule in desk.book.rules}


def test_the_commented_examples_of_a_letter_work_once_renamed():
    """What the shipped file shows is true."""
    files = dict(read_folder(CONFIG).files)
    name = "replies/acknowledgement.zh-CN.j2"
    files[name] = files.pop(f"{name}.example")
    assert compile_desk(BundleFiles(files=files))[1] == ()


def test_five_mistakes_in_five_files_are_told_at_once():
    """Sorted by file, line and column."""
    broken = bundle(
        sla__policy="policy: rapid-7x42\ncalendar: example\n",
        rules__20="rules:\n  - id: x\n    titel: y\n    when: {text: 退款}\n    then: {type: 投诉}\n"
        "    examples: [{text: 退款, expect: {type: 投诉}}, {text: a, expect: nothing}]\n",
        calendars__sh="zone: Asia/Shanghi\nweek:\n  mon: 09:00-10:00\n",
        mailboxes="- {name: a}\n",
        rule__30="",
    )
    assert said(broken) == [
        "calendars/sh.yaml:1:7 没有时区 'Asia/Shanghi' | 是不是 'Asia/Shanghai'？",
        "mailboxes.yaml:1:3 邮箱缺少 address | 加上 address: …",
        "mailboxes.yaml:1:3 邮箱缺少 imap | 加上 imap: …",
        "mailboxes.yaml:1:3 邮箱缺少 smtp | 加上 smtp: …",
        "rule/30.yaml:1:1 不认识的文件 | 是不是 rules/30.yaml？",
        "rules/20.yaml:2:5 规则缺少 title | 加上 title: …",
        "rules/20.yaml:3:5 不认识的键 'titel' | 是不是 'title'？",
        "sla/policy.yaml:1:9 不认识的时限方案 'rapid-7x42' | 是不是 'rapid-7x24'？",
    ]


def test_a_rule_whose_own_example_fails_keeps_the_bundle_from_going_live():
    """The test stands in the file, so the file is what is wrong."""
    wrong = bundle(
        rules__20="rules:\n  - id: x\n    title: y\n    when: {text: 退款}\n    then: {type: 投诉}\n    examples:\n"
        "      - {text: 退款, expect: {type: 咨询}}\n      - {text: 退款政策, expect: nothing}\n"
    )
    assert said(wrong) == [
        "rules/20.yaml:7:9 规则 x 的例子没有通过：应为 type=咨询，实为 type=投诉 | huiying rules test",
        "rules/20.yaml:8:9 规则 x 的例子没有通过：应为 nothing，实为 type=投诉 | huiying rules test",
    ]


def test_a_calendar_and_a_policy_may_be_left_unchosen():
    """The defaults are the shipped ones."""
    desk, problems = compile_desk(bundle(sla__policy=None))
    assert problems == ()
    assert desk is not None
    assert (desk.policy.name, desk.calendar.name) == ("standard", "cn")


def test_a_local_calendar_of_the_same_name_replaces_the_built_in_one():
    """When next year's holidays are out before the next release."""
    desk, problems = compile_desk(bundle(calendars__cn="zone: UTC\nweek:\n  mon-sun: 00:00-24:00\n"))
    assert problems == ()
    assert desk is not None
    assert desk.calendar.zone == "UTC"


def test_without_a_taxonomy_there_is_no_desk_but_all_other_problems_are_told():
    """One missing file hides nothing."""
    broken = bundle(taxonomy=None, sla__policy="policy: x\n")
    desk, _ = compile_desk(broken)
    assert desk is None
    assert [line.split(" ")[0] for line in said(broken)] == ["sla/policy.yaml:1:9", "taxonomy.yaml:1:1"]


def test_a_broken_rule_leaves_a_desk_without_it():
    """So that a bundle that an older version accepted still runs."""
    desk, problems = compile_desk(bundle(rules__20="rules:\n  - {id: x}\n"))
    assert problems
    assert desk is not None
    assert "x" not in {rule.id for rule in desk.book.rules}


@pytest.mark.parametrize("path", ["rules/notes.md", "README.md", "replies/x.j2.example"])
def test_notes_may_lie_anywhere(path):
    """People write down why."""
    files = dict(read_folder(CONFIG).files) | {path: "{{ not read"}
    assert compile_desk(BundleFiles(files=files))[1] == ()


def test_words_of_the_lists_stay_whole():
    """Chinese words, folded; a sentence, a letter or an English word is none that a segmenter must be told."""
    words = "天工雲盤\n云盘A1\n退\nCRM\n请问你们的那个很厉害的云盘什么时候发货\n"
    desk, problems = compile_desk(bundle(**{"words__goods.txt": words}))
    assert desk is not None and problems == ()
    assert {"天工云盘", "云盘a1", "打不开"} <= set(desk.words)
    assert not {"退", "crm"} & set(desk.words) and max(map(len, desk.words)) <= 12


@pytest.mark.parametrize(("all_of_them", "own", "holds"), [
    ("live", "live", "live"), ("hold", "live", "hold"), ("off", "live", "off"),
    ("live", "hold", "hold"), ("hold", "off", "off"), ("off", "hold", "off"),
])  # fmt: skip
def test_one_switch_holds_or_stops_the_letters_of_all_mailboxes(all_of_them, own, holds):
    """The stricter one counts; without it each mailbox's own does."""
    box = MAILBOXES.replace("letters: live", f"letters: {own}")
    for switch, expected in ((f"letters: {all_of_them}\n", holds), ("", own)):
        desk, problems = compile_desk(bundle(mailboxes=box, replies__wording=switch))
        assert problems == () and desk is not None
        assert [mailbox.letters.value for mailbox in desk.mailboxes] == [expected]


def test_a_switch_that_is_none_is_told():
    """At its place, with the words that there are."""
    assert said(bundle(replies__wording="letters: maybe\n")) == [
        "replies/wording.yaml:1:10 不认识的 letters 'maybe' | 可以写：live、hold、off"
    ]
