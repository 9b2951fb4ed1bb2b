"""An admin's own letters, and what he is told about a broken one."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest

from core.domain.errors import BadTemplate
from responder.letters import compile_letters
from responder.template import VARIABLES, text_environment
from responder.wording import LANGUAGES
from tests.factories.letters import BOX, an_intent, compose

NAMES = (
    "care-call-back", "care-greeting", "care-quiet", "care-satisfaction",
    "acknowledgement", "answer", "apology", "call", "extension", "link", "news", "noted", "progress", "question",
    "reminder", "reopening", "result", "urge",
)  # fmt: skip


class TestLocalLetters:
    """An admin's own files: overriding, and every mistake at its line."""

    GOOD = '---\nname: acknowledgement\ntitle: 回执\nsubject: "[#{{ number }}] 收到"\n---\n收到了。编号 {{ number }}\n'

    def problems(self, content: str, name: str = "acknowledgement.zh-CN.j2") -> list[tuple[int, int, str]]:
        book, found = compile_letters({f"replies/{name}": content})
        assert all(problem.file == f"replies/{name}" and problem.zh and problem.en for problem in found)
        if found:
            # A broken letter leaves the built-in one in place: mail never stops.
            assert "您的来信已受理" in book.words(an_intent(), BOX).subject
        return [(problem.line, problem.column, problem.en) for problem in found]

    def test_a_local_letter_takes_the_built_in_one_s_place(self) -> None:
        """In its language only."""
        book, found = compile_letters({"replies/acknowledgement.zh-CN.j2": self.GOOD})
        assert found == ()
        assert book.words(an_intent(), BOX).text.startswith("收到了。编号 20260305001\n\n--\n客户服务团队\n")
        assert "Your reference" in book.words(an_intent("en"), BOX).text

    def test_the_shipped_letters_have_no_problems(self) -> None:
        """Each in three languages."""
        book, found = compile_letters({})
        assert found == ()
        assert set(book.letters) == {(name, lang) for name in NAMES for lang in LANGUAGES}

    @pytest.mark.parametrize(("body", "line", "words"), [
        ("好\n{{ numbr }}", 7, "unknown variable 'numbr'"),
        ("{% if told %}好", 6, "template syntax"),
        ("a\nb\n{{ number", 8, "template syntax"),
        ("{% for x in number %}{{ x }}{% endfor %}", 6, "{% for %}"),
        ("{% set a = number %}", 6, "{% set %}"),
        ("{{ number.format(1) }}", 6, "f()"),
        ("{{ number.__class__ }}", 6, "a.b"),
        ("{{ number * 999999999 }}", 6, "*"),
        ("{{ number ** 9 }}", 6, "**"),
        ("{{ number|center(99999999) }}", 6, "filter 'center'"),
        ("{{ number|replace('a', 'b') }}", 6, "filter 'replace'"),
        ("{% include 'x' %}", 6, "{% include %}"),
        ("{{ range(9) }}", 6, "f()"),
        ("{{ cycler }}", 6, "unknown variable 'cycler'"),
        ("{{ number[0] }}", 6, "a[b]"),
        ("x" * 16001, 6, "longer than"),
    ])  # fmt: skip
    def test_a_broken_body_is_told_with_its_line(self, body: str, line: int, words: str) -> None:
        """Unknown variables, syntax, and everything a letter has no business to do."""
        found = self.problems(self.GOOD.rpartition("---\n")[0] + "---\n" + body)
        assert found
        assert found[0][0] == line
        assert words in found[0][2]

    @pytest.mark.parametrize(("body", "words"), [
        ("{% for x in number %}{% for y in number %}x{% endfor %}{% endfor %}", "{% for %}"),
        ("{{ body }}" * 7, "at most 6 times"),
        ("{{ body ~ note ~ body ~ note ~ body ~ note ~ body }}", "at most 6 times"),
        ("{{ " + "(" * 3000 + "number" + ")" * 3000 + " }}", "40 deep"),
        ("{{ " + "not " * 3500 + "number }}", "40 deep"),
        ("{% if told %}" * 60 + "a" + "{% endif %}" * 60, "40 deep"),
        ("{{ " + " or ".join(["number"] * 1500) + " }}", "40 deep"),
        ("{{ " + "-" * 9000 + "1 }}", ""),
        ("{{ '" + "\\\\" * 7000, "template syntax"),
        ("{% raw %}" + "{{" * 7000, "template syntax"),
        ("{#" * 7000, "template syntax"),
        ("{% if told %}x{% endif %}" * 600, "1000 places"),
        ("{% if told %}" + "{% elif told %}" * 1000 + "{% endif %}", "1000 places"),
        ("{{ " + "<".join(["name"] * 2500) + " }}", "1000 places"),
        ("{{ [" + ",".join(["name"] * 2500) + "] }}", "1000 places"),
        ("{{ body|title }}" * 21, "at most 6 times"),
        ("{{ name|title }}" * 21, "filters stand in a letter at most 20 times"),
        ("{{ name|truncate(2) }}", "expected length >= 3"),
        ("{{ [name] }}", "a list stands behind 'in' only"),
        ("{% if name in [[name]] %}{% endif %}", "a list stands behind 'in' only"),
        ("{{ " + "9" * 9000 + " }}", "number in the template is too long"),
    ])  # fmt: skip
    def test_no_template_runs_for_long_or_grows_large(self, body: str, words: str) -> None:
        """Loops are no part of the language, and what nests or repeats is bounded before anything is filled in."""
        began = time.process_time()
        found = self.problems(self.GOOD.rpartition("---\n")[0] + "---\n" + body)
        assert found and words in found[0][2]
        assert time.process_time() - began < 5

    @pytest.mark.parametrize("body", [
        "{% if told %}x{% endif %}" * 240,
        "{{ " + "~".join(["name"] * 900) + " }}",
        "{% if name in [" + ",".join(["name"] * 900) + "] %}{% endif %}",
        "{{ body|e|e|e }}" * 6,
        "{{ '" + "&" * 14_000 + "'" + "|e|upper" * 10 + " }}",
        "{{ " + "(" * 12 + "body" + "|e ~ '')" * 12 + "|e }}",
        "\n" * 14_000,
        "{{" + " " * 7000 + "name" + " " * 7000 + "}}",
    ], ids=range(8))  # fmt: skip
    def test_the_worst_that_passes_is_read_and_filled_in_at_once(self, body: str) -> None:
        """What is as large as may be costs the sender and the console a moment, whatever the variables hold."""
        began = time.process_time()
        content = self.GOOD.rpartition("---\n")[0] + "---\n" + body
        book, problems = compile_letters({"replies/acknowledgement.zh-CN.j2": content})
        assert all("too long" in problem.en or "longer than" in problem.en for problem in problems)
        with suppress(BadTemplate):
            book.words(an_intent(variables=dict.fromkeys(VARIABLES, "<&" * 20_000)), BOX)
        assert time.process_time() - began < 2.5

    def test_the_largest_letter_that_passes_is_stopped_when_it_is_filled_in(self) -> None:
        """Six times 32,000 characters: refused with the letter's file, not sent."""
        content = self.GOOD.rpartition("---\n")[0] + "---\n" + "{{ body }}" * 6
        book, problems = compile_letters({"replies/acknowledgement.zh-CN.j2": content})
        assert problems == ()
        with pytest.raises(BadTemplate, match="too long"):
            book.words(an_intent(variables={"number": "1", "body": "长" * 40_000}), BOX)

    def test_something_undefined_is_an_error_and_no_hole(self) -> None:
        """StrictUndefined: a name that slipped through is told with the letter's file."""
        book = compile_letters({})[0]
        environment = text_environment()
        broken = replace(book.letters["news", "en"], body=environment.from_string("{{ nobody }}"))
        book = replace(book, letters={**book.letters, ("news", "en"): broken})
        with pytest.raises(BadTemplate, match=r"news.en.j2: 'nobody' is undefined"):
            book.words(an_intent("en", template="news"), BOX)

    def test_an_unknown_variable_has_its_column_and_a_hint(self) -> None:
        """Did you mean …?"""
        content = self.GOOD.replace("编号 {{ number }}", "编号 {{ nmber }}")
        found = compile_letters({"replies/acknowledgement.zh-CN.j2": content})[1]
        assert [(problem.line, problem.column, problem.hint_en) for problem in found] == [
            (6, 11, "did you mean 'number'?")
        ]

    @pytest.mark.parametrize(("content", "line", "words"), [
        ("收到", 1, "begins with ---"),
        ("---\nname: acknowledgement\n收到", 1, "begins with ---"),
        ("---\nname: acknowledgement\ntitle: 回执\n---\n收到", 2, "lacks 'subject'"),
        ("---\nname: progress\ntitle: 回执\nsubject: 收到\n---\n收到", 2, "differs"),
        ("---\nname: acknowledgement\ntitle: 回执\nsubject: '{{ numbr }}'\n---\n收到", 4, "unknown variable"),
        ("---\nname: acknowledgement\ntitle: 回执\nsubjekt: x\nsubject: x\n---\n收到", 4, "unknown key 'subjekt'"),
        ("---\nname: [\n---\n收到", 3, ""),
    ])  # fmt: skip
    def test_broken_front_matter_is_told_with_its_line(self, content: str, line: int, words: str) -> None:
        """Lines are those of the file, not of the part."""
        found = self.problems(content)
        assert found
        assert found[0][0] == line
        assert words in found[0][2]

    def test_a_file_with_another_name_is_a_problem(self) -> None:
        """An unknown language or form would never be used."""
        assert "NAME.LANGUAGE.j2" in self.problems(self.GOOD, "acknowledgement.fr.j2")[0][2]
        assert "NAME.LANGUAGE.j2" in self.problems(self.GOOD, "acknowledgement.j2")[0][2]

    def test_a_new_letter_needs_all_languages(self) -> None:
        """A misspelt name is noticed by what it lacks, with the name it resembles."""
        content = self.GOOD.replace("name: acknowledgement", "name: acknowledgment")
        found = compile_letters({"replies/acknowledgment.zh-CN.j2": content})[1]
        assert [(problem.en, problem.hint_en) for problem in found] == [
            ("the letter 'acknowledgment' lacks zh-TW, en", "did you mean 'acknowledgement'?"),
        ]  # fmt: skip

    def test_broken_wording_is_told_and_the_built_in_kept(self) -> None:
        """Unknown keys and languages at their lines."""
        book, found = compile_letters({"replies/wording.yaml": "hotlin: 1\nteam:\n  fr: équipe\n"})
        assert [(problem.line, problem.column) for problem in found] == [(1, 1), (3, 3)]
        assert book.fixed.all["zh-CN"]["team"] == "客户服务团队"

    def test_a_missing_letter_is_an_error_of_its_own(self) -> None:
        """The letter fails visibly, nothing else."""
        with pytest.raises(BadTemplate, match="farewell"):
            compose(an_intent(template="farewell"))
