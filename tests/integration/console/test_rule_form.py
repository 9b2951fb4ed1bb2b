"""The form of a rule: what it shows is what the file says, and it writes the file's own YAML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.people import Role
from core.settings.folder import ConfigFolder, write_folder
from huiying.app.desks import Desks
from huiying.flows.publish import publish
from responder.wording import LANGUAGES
from tests.factories.console import Browser, a_console, add_user
from tests.factories.forms import sent_by
from tests.factories.pipeline import Office, a_mail, shipped_files

FILE = "rules/20-mine.yaml"
MINE = """# ours
rules:
  - id: lost-parcel   # for ever
    title: 包裹丢了按投诉处理
    when:
      # words of loss
      text: [丢件, 丢包]   # both
    then: {type: 投诉}
    examples:
      # it says so
      - {text: 丢件了, expect: {type: 投诉}}
      - {text: 到了, expect: nothing}
"""


@pytest.fixture
def office(office: Office) -> Office:
    """The desk with an admin, whose configuration has a rule of its own."""
    desks = Desks(office.ctx.store)
    context = replace(office.ctx, desk=lambda: desks.refresh() or office.ctx.desk(), desk_of=desks.of)
    add_user(context, "root", Role.ADMIN)
    add_user(context, "kim", Role.ADMIN, "en")
    publish(context, BundleFiles(files={**shipped_files().files, FILE: MINE}), author="setup", reason="first")
    return Office(context)


@pytest.fixture
def folder(tmp_path: Path, office: Office) -> Path:
    write_folder(tmp_path / "config", office.ctx.desk().files)
    return tmp_path / "config"


@pytest.fixture
def app(office: Office, folder: Path) -> FastAPI:
    return a_console(office.ctx, folder=ConfigFolder(folder))


@pytest.fixture
def admin(app: FastAPI) -> Browser:
    one = Browser(app)
    assert one.sign_in("root").status_code == 200
    return one


class Form:
    """A form as somebody fills it in: fields by name, buttons by their value."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        page = browser.get(address)
        assert page.status_code == 200
        self.page = page.text
        self.fields = [one for one in sent_by(page.text) if one[0] != "csrf"]
        self._around = [one for one in self.fields if one[0] in ("file", "base", "entry", "reason")]

    def set(self, name: str, *values: str) -> None:
        place = next(n for n, one in enumerate(self.fields) if one[0] in (name, f"shape:{name}"))
        kept = [one for one in self.fields if one[0] != name]
        self.fields = [*kept[: place + 1], *((name, value) for value in values), *kept[place + 1 :]]

    def press(self, button: str, pick: str = "") -> None:
        path = button.partition(":")[2]
        answer = self._post("/rules/form", ("button", button), (f"pick:{path}", pick))
        assert answer.status_code == 200
        self.page = answer.text
        self.fields = [*self._around, *sent_by(answer.text)]

    def post(self, what: str, **more: str) -> Response:
        return self._post(f"/rules/form/{what}", *more.items())

    def _post(self, address: str, *more: tuple[str, str]) -> Response:
        names = {name for name, _ in more}
        fields = [one for one in self.fields if one[0] not in names]
        data: dict[str, list[str]] = {}
        for name, value in (*fields, *more):
            data.setdefault(name, []).append(value)
        headers = {"HX-Request": "true", "X-CSRF-Token": self.browser.token}
        return self.browser.client.post(address, data=data, headers=headers, follow_redirects=False)


def mine(browser: Browser) -> Form:
    return Form(browser, f"/rules/form?file={FILE}&rule=lost-parcel")


def test_a_form_that_nobody_touched_changes_nothing(admin: Browser, office: Office) -> None:
    """Of the desk's own rules, to the byte."""
    for rule in (one for one in office.ctx.desk().book.rules if not one.builtin):
        answer = Form(admin, f"/rules/form?file={rule.file}&rule={rule.id}").post("check").text
        assert "与生效的版本相同" in answer, rule.id


def test_a_changed_field_changes_its_line_and_goes_live(admin: Browser, office: Office, folder: Path) -> None:
    """Comments stay; the folder follows; a reason is asked for, and it is in the history."""
    form = mine(admin)
    form.set("rule/when/text", "丢件\r\n丢包\r\n包裹不见了")
    assert "+      text: [丢件, 丢包, 包裹不见了]   # both" in form.post("check").text
    assert form.post("publish", reason=" ").status_code == 422
    assert form.post("publish", reason="客户也这样说").headers["HX-Redirect"] == "/rules"
    wanted = MINE.replace("[丢件, 丢包]", "[丢件, 丢包, 包裹不见了]")
    assert (folder / FILE).read_text(encoding="utf-8") == wanted
    assert "客户也这样说" in admin.get("/rules").text


def test_a_new_rule_is_made_without_a_word_of_yaml(admin: Browser, office: Office) -> None:
    """Conditions, actions and examples are added by buttons, and a new condition of the language appears by itself."""
    form = Form(admin, "/rules/form")
    form.set("file", FILE)
    form.set("rule/title", "夜里的大客户")
    form.set("rule/when/text/contains_any", "急")
    form.press("add:rule/when", "not")
    form.press("add:rule/when/not", "hours")
    form.set("rule/when/not/hours", "working")
    form.press("add:rule/when", "any")
    form.press("append:rule/when/any", "customer")
    form.set("rule/when/any/0/customer/level", "VIP")
    form.press("append:rule/when/any", "is_reply")
    form.press("add:rule/then", "urgency_at_least")
    form.set("rule/then/urgency_at_least", "紧急")
    form.set("rule/examples/0/text", "很急")
    form.press("add:rule/examples/0", "hours")
    form.set("rule/examples/0/hours", "outside")
    form.press("add:rule/examples/0", "level")
    form.set("rule/examples/0/level", "VIP")
    form.press("add:rule/examples/0/expect", "urgency")
    form.set("rule/examples/0/expect/urgency", "紧急")
    form.set("rule/examples/1/text", "不急不急")
    answer = form.post("publish", reason="x")
    assert answer.headers.get("HX-Redirect") == "/rules", answer.text
    made = next(rule for rule in office.ctx.desk().book.rules if rule.title == "夜里的大客户")
    assert made.id == "rule-1" and made.status == "trial" and made.sets == (("urgency_at_least", "紧急"),)
    assert office.ctx.desk().files.files[FILE].startswith(MINE)


def test_a_ticket_called_spam_proposes_a_rule(admin: Browser, office: Office) -> None:
    """Filled in and on trial, with examples that pass; without such a ticket, or at a free mailbox, there is none."""
    ours, free = office.bring(a_mail(), a_mail(subject="推销", sender="a <a@qq.com>", mid="o@qq.com"))
    link = f"/rules/form?spam={ours.number}"
    assert admin.get(link).status_code == 404 and link not in admin.get(f"/tickets/{ours.number}").text
    for row in (ours, free):
        admin.post(f"/tickets/{row.number}/spam")
    assert (
        admin.get(f"/rules/form?spam={free.number}").status_code == admin.get("/rules/form?spam=1").status_code == 404
    )
    assert link in admin.get(f"/tickets/{ours.number}").text
    form = Form(admin, link)
    form.set("file", FILE)
    page = form.post("check").text
    assert (
        "没有问题" in page and "then: {spam: yes}" in page and "+    status: trial" in page and "example.cn" in page
    ), page


def test_what_is_wrong_is_said_at_its_field(admin: Browser) -> None:
    """An empty list, a value that is none, and an example that fails: all at once, each in its place."""
    form = mine(admin)
    form.set("rule/id", "两 个词")
    form.set("rule/when/text", "")
    page = form.post("check").text
    for place in ("e-rule-id", "e-rule-when-text"):
        assert "<span>" in page.partition(f'id="{place}"')[2].partition("</p>")[0], place
    form = mine(admin)
    form.set("rule/examples/1/text", "丢件了吗")
    page = form.post("check").text
    assert "例子没有通过" in page.partition('id="e-rule-examples-1"')[2].partition("</p>")[0]
    assert "<span>" not in page.partition('id="e-rule-examples-0"')[2].partition("</p>")[0]


def test_what_the_form_cannot_say_is_shown_as_yaml_and_kept(admin: Browser, office: Office) -> None:
    """Unknown keys, words with odd characters, half a value: as they stand, also when something else changes."""
    odd = MINE.replace("text: [丢件, 丢包]   # both", 'text: [" 丢件", {a: b}]  # odd\n      shape: {x: [1, {y: z}]}')
    current = office.ctx.desk().files.files
    with office.ctx.store.write() as tx:
        # An older version may have accepted what this one does not.
        files = BundleFiles(files={**current, FILE: odd})
        record = BundleRecord(serial=0, id=files.id, parent="", author="old", reason="", at=office.ctx.now())
        tx.bundles.publish(files, record, office.ctx.desk().bundle)
    form = mine(admin)
    assert "按 YAML 原样保留" in form.page
    form.set("rule/title", "别的题目")
    page = form.post("check").text
    assert "+    title: 别的题目" in page
    assert page.count('class="diff-add"') == 1 and page.count('class="diff-del"') == 1
    form.set("rule/when", "text: [")
    assert "有一处 YAML 读不懂" in form.post("check").text
    form.set("rule/when", "text: 丢件")
    assert "+      text: 丢件  # odd" in form.post("check").text


def test_places_are_moved_taken_out_and_said_in_another_way(admin: Browser) -> None:
    """And whoever presses twice does no harm."""
    form = mine(admin)
    form.press("down:rule/examples/0")
    assert ("rule/examples/0/text", "到了") in form.fields
    form.press("up:rule/examples/0")
    form.press("drop:rule/examples/0")
    form.press("drop:rule/examples/7")
    assert ("rule/examples/0/text", "丢件了") in form.fields
    assert not any(name.startswith("rule/examples/1") for name, _ in form.fields)
    form.press("as-keys:rule/when/text")
    assert ("rule/when/text/contains_any", "") in form.fields


def test_a_shipped_rule_is_made_ones_own(admin: Browser, office: Office) -> None:
    """The local one of the same id takes its place."""
    form = Form(admin, f"/rules/form?copy=zh-outage&file={FILE}")
    form.set("rule/title", "我们的停机规则")
    answer = form.post("publish", reason="x")
    assert answer.headers.get("HX-Redirect") == "/rules", answer.text
    (rule,) = (one for one in office.ctx.desk().book.rules if one.id == "zh-outage")
    assert rule.title == "我们的停机规则" and not rule.builtin
    assert admin.get("/rules/form?copy=nobody").status_code == 404


def test_a_rule_that_stands_in_no_lines_of_its_own_is_edited_as_text(admin: Browser) -> None:
    """The form leads to the editor."""
    answer = admin.client.get(f"/rules/form?file={FILE}&rule=none", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/rules/edit?file=")


def test_only_those_who_configure_see_the_form(agent: Browser, auditor: Browser, app: FastAPI) -> None:
    """And none without the page's token."""
    for browser in (agent, auditor):
        assert browser.get("/rules/form").status_code == 403
        assert browser.htmx("/rules/form/publish", file=FILE, reason="x").status_code == 403
    english = Browser(app)
    english.sign_in("kim")
    assert "one a line" in english.get("/rules/form").text
    assert english.post("/rules/form/check", token="x").status_code == 403


LETTERS = """# ours
rules:
  - id: welcome
    title: 新客户
    when: {text: 第一次}
    then:
      # says hello
      letter: {name: vip-welcome, reason: 新客户}   # ours
    examples:
      - {text: 第一次, expect: {letter: vip-welcome}}
      - {text: 第二次, expect: nothing}
"""
VIP = """---
name: vip-welcome
title: 欢迎大客户
subject: "[#{{ number }}] 欢迎"
---
{{ salutation }}

欢迎您，编号 {{ number }}。
"""


def test_a_letter_of_ones_own_is_chosen_and_taken_back(app: FastAPI, admin: Browser, office: Office) -> None:
    """Among those that there are, by title; comments stay, also where it becomes no letter with its reason."""
    letters = {f"replies/{name}.{one}.j2": VIP.replace("vip-welcome", name)
               for name in ("vip-welcome", "big-welcome") for one in LANGUAGES}  # fmt: skip
    current = office.ctx.desk().files
    publish(
        office.ctx, BundleFiles(files={**current.files, **letters, "rules/30-welcome.yaml": LETTERS}),
        author="setup", reason="x",
    )  # fmt: skip
    form = Form(admin, "/rules/form?file=rules/30-welcome.yaml&rule=welcome")
    assert "按 YAML 原样保留" not in form.page and "欢迎大客户 · big-welcome" in form.page
    assert "与生效的版本相同" in form.post("check").text
    form.set("rule/then/letter/name", "big-welcome")
    form.set("rule/examples/0/expect/letter", "big-welcome")
    page = form.post("check").text
    assert "+      letter: {name: big-welcome, reason: 新客户}   # ours" in page and "没有问题" in page
    form.press("as-keys:rule/then/letter")
    form.set("rule/examples/0/expect/letter", "none")
    form.set("rule/then/letter/none", "他已经知道")
    page = form.post("check").text
    assert "+      letter: {none: 他已经知道}   # ours" in page and "没有问题" in page
    assert "-      # says hello" not in page
    english = Browser(app)
    english.sign_in("kim")
    shown = Form(english, "/rules/form?file=rules/30-welcome.yaml&rule=welcome").page
    assert ">no letter</button>" in shown and "Letter" in shown
