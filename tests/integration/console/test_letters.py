"""The pages about letters: the list, how each reads, the editor with both checkers, publication, the way back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from core.domain.people import Role
from core.domain.views import QueueFilter
from core.settings.folder import ConfigFolder, write_folder
from huiying.app.desks import Desks
from huiying.console.letter_list import switched
from huiying.flows.publish import publish
from responder.letters import shipped_letters
from responder.wording import LANGUAGES
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office, shipped_files

FILE = "replies/news.zh-CN.j2"
OWN = (
    '---\nname: news\ntitle: 进展告知\nsubject: "[#{{ number }}] 有进展"\n---\n'
    "{{ salutation }}\n\n{{ note }}\n\n编号 {{ number }}\n"
)


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


def an_edit(office: Office, content: str = OWN, **more: str) -> dict[str, str]:
    return {"file": FILE, "base": office.ctx.desk().bundle, "content": content, **more}


def test_the_list_has_every_letter_in_every_language(admin: Browser, agent: Browser) -> None:
    """Everybody sees them and how they read; only admins are offered to change them."""
    page, seen = admin.get("/letters").text, agent.get("/letters").text
    for name in {path.removeprefix("replies/").split(".")[0] for path in shipped_letters()}:
        for language in LANGUAGES:
            assert f'href="/letters/read/{name}/{language}"' in page
            assert f'href="/letters/read/{name}/{language}"' in seen
    assert "/letters/edit?file=replies/news.en.j2" in page and "/letters/edit" not in seen
    assert agent.get(f"/letters/edit?file={FILE}").status_code == 403
    assert agent.post("/letters/off", name="news", off="yes").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_read_with_a_sample_and_with_a_ticket(agent: Browser, busy: Office, language: str) -> None:
    """Text on the page, HTML in a frame in which nothing runs."""
    page = agent.get(f"/letters/read/acknowledgement/{language}?case=after-hours").text
    assert "20260305001" in page and "<iframe sandbox" in page
    with busy.ctx.store.read() as tx:
        number = tx.views.queue(QueueFilter(), "", 1).rows[0].number
    assert number in agent.get(f"/letters/read/acknowledgement/{language}?ticket={number}").text
    html = agent.get(f"/letters/read/acknowledgement/{language}/html?ticket={number}")
    assert number in html.text and "sandbox" in html.headers["content-security-policy"]
    unknown = agent.get(f"/letters/read/news/{language}?ticket=nothing").text
    assert "nothing" in unknown and "20260305001" in unknown
    assert agent.get(f"/letters/read/signature/{language}").status_code == 200
    assert agent.get(f"/letters/read/nobody/{language}").status_code == 404


def test_the_editor_begins_with_what_is_in_force(admin: Browser, office: Office) -> None:
    """The built-in words where there are none of one's own; a frame for a new letter; no other file."""
    assert "您来信说的事情有了新的进展" in admin.get(f"/letters/edit?file={FILE}").text
    assert "name: thanks" in admin.get("/letters/edit?file=replies/thanks.en.j2").text
    assert admin.get("/letters/edit?file=replies/wording.yaml").status_code == 200
    for path in ("rules/10-example.yaml", "replies/../taxonomy.yaml", "replies/news.fr.j2", "machine.yaml"):
        assert admin.get(f"/letters/edit?file={path}").status_code == 422


def test_both_checkers_speak_at_their_lines(admin: Browser, office: Office) -> None:
    """A template's mistakes stop it; vague words are remarks; differences against live and built in; how it reads."""
    admin.get("/letters")
    bad = admin.htmx("/letters/check", **an_edit(office, OWN.replace("note", "nothe"))).text
    assert 'data-line="8"' in bad and "note" in bad and "data-sound" not in bad
    vague = admin.htmx("/letters/check", **an_edit(office, OWN.replace("编号 {{ number }}", "我们会尽快处理"))).text
    assert 'data-hint="10"' in vague and "尽快" in vague and "data-sound" in vague
    good = admin.htmx("/letters/check", **an_edit(office, OWN + "再见\n")).text
    assert "与生效的比较" in good and "与内置的比较" in good and "+再见" in good and "王女士，您好！" in good
    html = admin.htmx("/letters/html", **an_edit(office))
    assert "编号 20260305001" in html.text and "sandbox" in html.headers["content-security-policy"]
    assert admin.htmx("/letters/html", **an_edit(office, "broken")).text == ""


def test_an_edit_goes_live_with_a_reason_and_comes_back_with_one_click(
    admin: Browser, office: Office, folder: Path
) -> None:
    """As one bundle with author and reason; the folder follows; everything else stays as it is."""
    admin.get("/letters")
    assert admin.htmx("/letters/publish", **an_edit(office)).status_code == 422
    before = office.ctx.desk().bundle
    answer = admin.htmx("/letters/publish", **an_edit(office, reason="shorter"))
    assert answer.headers["hx-redirect"] == "/letters"
    assert (folder / FILE).read_text("utf-8") == OWN
    page = admin.get("/letters").text
    assert "shorter" in page and "root" in page and "已改" in page
    assert admin.post("/letters/rollback", bundle=before).status_code == 303
    assert FILE not in office.ctx.desk().files.files and not (folder / FILE).exists()


def test_words_that_equal_the_built_in_ones_are_no_file(admin: Browser, office: Office) -> None:
    """Nor is an emptied text: the built-in letter is in force again."""
    admin.get("/letters")
    admin.htmx("/letters/publish", **an_edit(office, reason="shorter"))
    for content in ("", shipped_letters()[FILE]):
        found = admin.htmx("/letters/check", **an_edit(office, content)).text
        assert "删除" in found
    assert admin.htmx("/letters/publish", **an_edit(office, "", reason="back")).status_code == 200
    assert FILE not in office.ctx.desk().files.files


def test_a_letter_is_switched_off_and_on(admin: Browser, office: Office, folder: Path) -> None:
    """In replies/wording.yaml, whose comments stay; those that nobody can do without stay on."""
    comments = (folder / "replies/wording.yaml").read_text("utf-8")
    admin.get("/letters")
    assert admin.post("/letters/off", name="progress", off="yes").status_code == 303
    assert office.ctx.desk().letters.is_off("progress")
    assert (folder / "replies/wording.yaml").read_text("utf-8") == comments + "off: [progress]\n"
    assert "已停用" in admin.get("/letters").text
    assert admin.post("/letters/off", name="progress").status_code == 303
    assert (folder / "replies/wording.yaml").read_text("utf-8") == comments
    assert admin.post("/letters/off", name="answer", off="yes").status_code == 422
    assert admin.post("/letters/off", name="nobody", off="yes").status_code == 422


@pytest.mark.parametrize(("content", "expected"), [
    ("", "off: [news]\n"),
    ("hotline: 1\n", "hotline: 1\noff: [news]\n"),
    ("off: [urge]\nhotline: 1\n", "hotline: 1\noff: [news]\n"),
    ("off:\n  - urge\n  - news  # because\nhotline: 1\n", "hotline: 1\noff: [news]\n"),
    ("off:\n- urge\n- news\nhotline: 1\n", "hotline: 1\noff: [news]\n"),
    ("hotline: 1", "hotline: 1\noff: [news]\n"),
    ("# off: [x]\nhotline: 1\n", "# off: [x]\nhotline: 1\noff: [news]\n"),
])  # fmt: skip
def test_only_the_list_of_those_that_are_off_is_written_anew(content: str, expected: str) -> None:
    """Everything else in the file stays, whichever way the list was written."""
    files = shipped_files()
    before = replace(files, files={**files.files, "replies/wording.yaml": content})
    assert switched(before, frozenset({"news"})).files["replies/wording.yaml"] == expected
