"""The pages about rules: the list, the editor with the checker's words, a backtest, publication and the way back."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from core.domain.bundle import BundleFiles
from core.domain.people import Role
from core.settings.folder import ConfigFolder, write_folder
from huiying.app.desks import Desks
from huiying.console import jobs
from huiying.flows.correct import correct
from huiying.flows.publish import publish
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.fakes.fixed_clock import FixedClock

FILE = "rules/20-mine.yaml"
RULE = """rules:
  - id: lost-parcel
    title: 包裹丢了按投诉处理
    when: {text: [丢件, 丢包]}
    then: {type: 投诉}
    examples:
      - {text: 丢件了, expect: {type: 投诉}}
      - {text: 到了, expect: nothing}
"""


@pytest.fixture
def office(office: Office) -> Office:
    """The desk with an admin, its configuration published, and whatever is published taken up at once."""
    desks = Desks(office.ctx.store)
    context = replace(office.ctx, desk=lambda: desks.refresh() or office.ctx.desk(), desk_of=desks.of)
    add_user(context, "root", Role.ADMIN)
    publish(context, shipped_files(), author="setup", reason="first")
    return Office(context)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "config", shipped_files())
    return tmp_path / "config"


@pytest.fixture
def app(office: Office, folder: Path) -> FastAPI:
    return a_console(office.ctx, folder=ConfigFolder(folder))


@pytest.fixture
def admin(app: FastAPI) -> Browser:
    one = Browser(app)
    assert one.sign_in("root").status_code == 200
    return one


def an_edit(office: Office, content: str = RULE, **more: str) -> dict[str, str]:
    return {"file": FILE, "base": office.ctx.desk().bundle, "content": content, **more}


def finished(browser: Browser, answer: str) -> str:
    """The page of a job once it has ended, asked for as the page itself does."""
    for _ in range(600):
        found = re.search(r'hx-get="(/rules/jobs/\d+)"', answer)
        if found is None:
            return answer
        time.sleep(0.02)
        answer = browser.get(found[1]).text
    raise AssertionError("the job did not end")


def test_the_list_shows_every_rule_with_its_place(admin: Browser) -> None:
    """Local ones first; the built-in ones, those on trial and those worth a look on their own tabs."""
    local = admin.get("/rules").text
    assert "example-outage" in local
    assert "zh-outage" not in local
    assert "zh-outage" in admin.get("/rules?show=builtin").text
    assert "example-outage" in admin.get("/rules?show=trial").text
    assert admin.get("/rules?show=look").status_code == 200
    assert "/rules/edit?file=rules/10-example.yaml" in local


def test_only_those_who_configure_may_edit(app: FastAPI, office: Office, auditor: Browser, agent: Browser) -> None:
    """Others see the list; an edit without the page's token is refused for everyone."""
    for browser in (auditor, agent):
        assert browser.get("/rules").status_code == 200
        assert browser.get(f"/rules/edit?file={FILE}").status_code == 403
        assert browser.htmx("/rules/publish", **an_edit(office, reason="x")).status_code == 403
    admin = Browser(app)
    admin.sign_in("root")
    assert admin.post("/rules/check", token="x", file=FILE, base="", content=RULE).status_code == 403


def test_the_checkers_words_stand_at_their_lines(admin: Browser, office: Office) -> None:
    """Every problem at once, in the viewer's language, with what was meant."""
    wrong = RULE.replace("type: 投诉}\n    examples", "typ: 投诉}\n    examples").replace("丢件, 丢包", "")
    answer = admin.htmx("/rules/check", **an_edit(office, wrong)).text
    assert 'data-line="4"' in answer
    assert 'data-line="5"' in answer
    assert "是不是" in answer
    failing = admin.htmx("/rules/check", **an_edit(office, RULE.replace("到了", "丢包了"))).text
    assert 'data-line="8"' in failing
    sound = admin.htmx("/rules/check", **an_edit(office)).text
    assert "data-line" not in sound
    assert "+  - id: lost-parcel" in sound


def test_an_edit_is_tried_on_past_mail_before_it_acts(admin: Browser, office: Office) -> None:
    """Which tickets would change, and how agents decided them; nothing is stored."""
    (row,) = office.bring(a_mail(body="快递丢件了，怎么办"))
    correct(office.ctx, row.number, {"type": "投诉"}, "li")
    before = office.ticket(row.number)
    answer = finished(admin, admin.htmx("/rules/try", **an_edit(office)).text)
    assert f"#{row.number}" in answer
    assert "客服已定 1 封，同意 1 封" in answer
    assert office.ticket(row.number) == before


def test_what_past_mail_cannot_try_is_named(admin: Browser, office: Office) -> None:
    """A rule that runs at a time after a state stands below the table without a count of hits; shipped ones do not."""
    later = RULE.replace("    title:", "    after: {state: new, time: 2 小时}\n    title:", 1)
    told = finished(admin, admin.htmx("/rules/try", **an_edit(office, later)).text)
    assert "没有试跑" in told and "lost-parcel</code> (进入状态一段时间后)" in told
    assert '<td class="rule-num">–</td>' in told and "zh-thanks-reply" not in told
    assert "lost-parcel</code> (" not in finished(admin, admin.htmx("/rules/try", **an_edit(office)).text)


def test_the_list_is_that_of_the_publication_which_it_calls_active(office: Office) -> None:
    """Also in the moment before this process has taken it up: nobody sees the rules of before beside it."""
    before = office.ctx.desk()
    slow = Browser(a_console(replace(office.ctx, desk=lambda: before)))
    assert slow.sign_in("root").status_code == 200
    files = BundleFiles(files={**shipped_files().files, FILE: RULE})
    publish(office.ctx, files, author="root", reason="丢件")
    page = slow.get("/rules").text
    assert "包裹丢了按投诉处理" in page and FILE in page


def test_what_a_rule_denies_is_said_in_the_pages_language(admin: Browser, office: Office) -> None:
    """A rule may say that a reply is no urging."""
    later = RULE.replace("    title:", "    run_on: reply\n    title:", 1)
    denies = later.replace("type: 投诉}\n", "type: 投诉, urge: no}\n", 1)
    files = BundleFiles(files={**shipped_files().files, FILE: denies})
    publish(office.ctx, files, author="root", reason="不算催单")
    assert "催单 否" in admin.get("/rules").text


def test_an_edit_of_a_later_rule_is_tried_on_replies(admin: Browser, office: Office) -> None:
    """Moments are counted beside the mails, with what the reply would have changed."""
    (row,) = office.bring(a_mail(subject="包裹", body="请问到哪里了？"))
    office.bring(a_mail(subject="Re: 包裹", body="丢件了", mid="r1@a.cn", reply_to=["m1@example.cn"]))
    later = RULE.replace("    title:", "    run_on: reply\n    title:", 1)
    told = finished(admin, admin.htmx("/rules/try", **an_edit(office, later)).text)
    assert "以后的时刻也试了： 客户回复时 1" in told and "会改变 1 次" in told and f"#{row.number}" in told


def test_an_edit_goes_live_with_its_reason_and_comes_back_by_one_click(
    admin: Browser, office: Office, folder: Path
) -> None:
    """The folder follows both ways; the record tells who, why and what was found out."""
    first = office.ctx.desk().bundle
    assert admin.htmx("/rules/publish", **an_edit(office, reason=" ")).status_code == 422
    finished(admin, admin.htmx("/rules/try", **an_edit(office)).text)
    answer = admin.htmx("/rules/publish", **an_edit(office, reason="双十一丢件多"))
    assert answer.headers["HX-Redirect"] == "/rules"
    assert (folder / FILE).read_text(encoding="utf-8") == RULE
    assert "lost-parcel" in {rule.id for rule in office.ctx.desk().book.rules}
    page = admin.get("/rules").text
    assert "双十一丢件多" in page
    assert "6 个例子通过，最近 30 天 0 封来信中会改变 0 封" in page
    assert admin.post("/rules/rollback", bundle=first).status_code == 303
    assert not (folder / FILE).exists()
    assert "lost-parcel" not in {rule.id for rule in office.ctx.desk().book.rules}


def test_a_broken_edit_does_not_go_live(admin: Browser, office: Office) -> None:
    """The page says why, and what was live stays so."""
    first = office.ctx.desk().bundle
    answer = admin.htmx("/rules/publish", **an_edit(office, RULE.replace("到了", "丢包了"), reason="x"))
    assert 'data-line="8"' in answer.text
    assert office.ctx.desk().bundle == first


def test_nobodys_edit_is_overwritten(admin: Browser, office: Office, folder: Path) -> None:
    """One that began from an older bundle is refused, and one while the folder holds another edit."""
    mine = an_edit(office, reason="x")
    publish(office.ctx, BundleFiles(files={**shipped_files().files, "README.md": "x"}), author="wu", reason="meanwhile")
    assert admin.htmx("/rules/publish", **mine).status_code == 409
    (folder / "rules" / "99-half.yaml").write_text("rules:\n  - id: half\n", encoding="utf-8")
    assert admin.htmx("/rules/publish", **an_edit(office, reason="x")).status_code == 409
    assert (folder / "rules" / "99-half.yaml").exists()


@pytest.mark.parametrize("file", [
    "rules/../machine.yaml", "taxonomy.yaml", "rules/x.txt", "words/.x.txt", "", "rules/a/b.yaml", "rules/a b.yaml",
    "rules/" + "x" * 80 + ".yaml",
])  # fmt: skip
def test_only_rules_and_word_lists_are_edited_here(admin: Browser, office: Office, file: str) -> None:
    """Nothing outside their folders, whatever the form says."""
    assert admin.get(f"/rules/edit?file={file}").status_code == 422
    refused = admin.htmx("/rules/check", **{**an_edit(office), "file": file})
    assert refused.status_code == 422 and ("文件名应为" in refused.text or not file)


def test_the_editor_says_what_is_wrong(
    admin: Browser, office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reason, an edited folder, too many tasks: each in words of its own, and nothing goes live."""
    first = office.ctx.desk().bundle
    assert "请填写原因" in admin.htmx("/rules/publish", **an_edit(office, reason=" ")).text
    (folder / "rules" / "99-half.yaml").write_text("rules: []\n", encoding="utf-8")
    assert "配置文件夹里有尚未发布的改动" in admin.htmx("/rules/publish", **an_edit(office, reason="x")).text
    monkeypatch.setattr(jobs, "MOST_AT_ONCE", 0)
    busy = admin.htmx("/rules/figures")
    assert busy.status_code == 409 and "请等其中一个结束" in busy.text
    assert office.ctx.desk().bundle == first


def test_what_is_live_is_said_to_be_so_when_the_folder_cannot_follow(
    admin: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is no reason to say that nothing happened."""

    def full(self: ConfigFolder, files: BundleFiles) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ConfigFolder, "write", full)
    answer = admin.htmx("/rules/publish", **an_edit(office, reason="x"))
    assert answer.status_code == 503 and "已生效，但配置文件夹没有写成功" in answer.text
    assert "lost-parcel" in {rule.id for rule in office.ctx.desk().book.rules}


def test_a_byte_order_mark_is_no_part_of_a_file(admin: Browser, office: Office, folder: Path) -> None:
    """Some editors put one before what is pasted."""
    assert admin.htmx("/rules/publish", **an_edit(office, "\ufeff" + RULE, reason="x")).headers["HX-Redirect"]
    assert (folder / FILE).read_text(encoding="utf-8") == RULE


def test_figures_are_counted_and_shown_in_the_list(admin: Browser, office: Office, clock: FixedClock) -> None:
    """How many mails a rule meets and how often agents agree; a rule that nothing meets is worth a look."""
    publish(office.ctx, BundleFiles(files={**shipped_files().files, FILE: RULE}), author="wu", reason="a rule")
    for number, agent in enumerate(("投诉", "投诉", "咨询")):
        (row,) = office.bring(a_mail(body="快递丢件了", mid=f"{number}@a.cn", subject=f"包裹{number}"))
        correct(office.ctx, row.number, {"type": agent}, "li")
    clock.advance(hours=1)
    answer = finished(admin, admin.htmx("/rules/figures").text)
    assert "hx-get" not in answer
    page = admin.get("/rules").text
    assert "67 %" in page
    assert "2/3" in page
    assert "没有来信符合" in page


def test_a_suggestion_is_put_on_trial_by_a_click(admin: Browser, office: Office, clock: FixedClock) -> None:
    """Found in what agents decided, told with its counts and excerpts; in the file and the history at once, and back by
    another click. Without a pattern the page says so."""
    none = finished(admin, admin.htmx("/rules/suggest").text)
    assert "没有足够明显的规律" in none
    assert admin.post("/rules/accept", job="1", suggestion="suggested-00000000").status_code == 404
    decided(office, "上周买的第{n}台降价了，想申请退差价，请处理一下。", "投诉", "a")
    decided(office, "请问第{n}家门店怎么换墨盒？", "咨询", "b")
    clock.advance(minutes=1)
    found = finished(admin, admin.htmx("/rules/suggest").text)
    assert "找到 1 条可能的规则" in found and "9 封中客服 9 封如此判定；改对 9 封，改错 0 封" in found
    assert "一下 →" not in found and "<q" in found
    job, suggestion = re.findall(r'name="(?:job|suggestion)" value="([^"]+)"', found)
    before = office.ctx.desk().bundle
    assert admin.post("/rules/accept", job=job, suggestion=suggestion).status_code == 303
    rule = next(one for one in office.ctx.desk().book.rules if one.id == suggestion)
    assert (rule.status, rule.file) == ("trial", "rules/90-suggested.yaml")
    assert f"采纳建议 {suggestion}，试运行" in admin.get("/rules").text
    assert suggestion in admin.get("/rules?show=trial").text
    assert admin.post("/rules/rollback", bundle=before).status_code == 303
    assert f"恢复 {before} 的规则" in admin.get("/rules").text
    assert suggestion not in {one.id for one in office.ctx.desk().book.rules}


def decided(office: Office, text: str, value: str, name: str) -> None:
    """Nine mails of nine customers, each of which an agent calls so."""
    mails = [
        a_mail(subject="来信", body=text.format(n=n), sender=f"{name}@{name}{n}.cn", mid=f"{n}@{name}.cn")
        for n in range(1, 10)
    ]
    for row in office.bring(*mails):
        correct(office.ctx, row.number, {"type": value}, "li")


def test_nothing_goes_live_before_its_effect_on_past_mail_was_shown(admin: Browser, office: Office) -> None:
    """Publishing an edit that nobody tried tries it first and says so; pressed once more, it is live."""
    office.bring(a_mail(body="快递丢件了，怎么办"))
    first = office.ctx.desk().bundle
    answer = finished(admin, admin.htmx("/rules/publish", **an_edit(office, reason="丢件多")).text)
    assert "还没有发布" in answer and "会改变 1 封" in answer
    assert office.ctx.desk().bundle == first
    assert admin.htmx("/rules/publish", **an_edit(office, reason="丢件多")).headers["HX-Redirect"] == "/rules"
    assert "最近 30 天 1 封来信中会改变 1 封" in admin.get("/rules").text
