"""Faulty rule files: each mistake is told at its place with what was expected, all at once, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.book import compile_book
from rules.opposed import find_opposed_examples
from rules.shadow import find_dead_rules
from tests.factories.rules import TAXONOMY, a_rule


def said(content, words=None, builtin=False):
    """``line:column zh | hint`` of each problem, and the same in English."""
    _, problems = compile_book({"rules/10.yaml": content}, TAXONOMY, words=words, builtin=builtin)
    assert all(p.file == "rules/10.yaml" for p in problems)
    zh = [f"{p.line}:{p.column} {p.zh} | {p.hint_zh}" for p in problems]
    en = [f"{p.line}:{p.column} {p.en} | {p.hint_en}" for p in problems]
    return zh, en


LISTED = "all、any、not、text、subject、own、body、sender、recipients、to、cc、attachments、headers、order_number"
REST = "customer、language、channel、mailbox、hours、is_reply、urged、emotion、impact、model、ticket、clock"

CASES = {
    "unknown key of a rule": (
        a_rule(extra="titel: x"),
        ["10:5 不认识的键 'titel' | 是不是 'title'？"],
        ["10:5 unknown key 'titel' | did you mean 'title'?"],
    ),
    "no id": (
        a_rule().replace("id: test", "owner: test"),
        ["2:5 规则缺少 id | 加上 id: …"],
        ["2:5 the rule lacks 'id' | add id: …"],
    ),
    "id with a space": (
        a_rule(id="two words"),
        ["2:9 id 看不懂：'two words' | 应写字母、数字、- . _，不超过 64 个，没有空格"],
        ["2:9 id is not understood: 'two words' | expected letters, digits, - . _, 64 at most, no spaces"],
    ),
    "unknown status": (
        a_rule(extra="status: activ"),
        ["10:13 不认识的 status 'activ' | 是不是 'active'？"],
        ["10:13 unknown status 'activ' | did you mean 'active'?"],
    ),
    "a date that is none": (
        a_rule(extra="review_by: 2026-13-01"),
        ["10:16 review_by 看不懂：'2026-13-01' | 应写日期，如 2026-10-01"],
        ["10:16 review_by is not understood: '2026-13-01' | expected a date such as 2026-10-01"],
    ),
    "unknown condition": (
        a_rule(when="{subjekt: 退款}"),
        ["4:12 不认识的键 'subjekt' | 是不是 'subject'？"],
        ["4:12 unknown key 'subjekt' | did you mean 'subject'?"],
    ),
    "unknown operator": (
        a_rule(when="{text: {contain_any: [退款]}}"),
        ["4:19 不认识的键 'contain_any' | 是不是 'contains_any'？"],
        ["4:19 unknown key 'contain_any' | did you mean 'contains_any'?"],
    ),
    "a list under when": (
        a_rule(when="[退款]"),
        ["4:11 这里不能直接写列表 | 先写 all:（都要符合）或 any:（符合一个即可），下面再写列表"],
        ["4:11 a list cannot stand here | write all: (each must hold) or any: (one is enough) above the list"],
    ),
    "when is empty": (
        a_rule(when="{}"),
        [f"4:11 没有条件 | 可以写：{LISTED}、{REST}"],
        ["4:11 there is no condition | possible: " + f"{LISTED}、{REST}".replace("、", ", ")],
    ),
    "a condition is empty": (
        a_rule(when="{sender: {}}"),
        ["4:20 sender 是空的 | "],
        ["4:20 sender is empty | "],
    ),
    "an empty list of words": (
        a_rule(when="{text: {contains_any: []}}"),
        ["4:33 contains_any 是空的 | "],
        ["4:33 contains_any is empty | "],
    ),
    "words of which nothing is seen": (
        a_rule(when='{text: {starts_with: "\\u200b"}, sender: {name: ["\\u200b"]}}'),
        ["4:32 starts_with 里的词是空的 | ", "4:59 name 里的词是空的 | "],
        ["4:32 a word of starts_with is empty | ", "4:59 a word of name is empty | "],
    ),
    "words of which nothing is left": (
        a_rule(when="{text: {contains_any: ['*']}}"),
        ["4:34 词 '*' 里没有可以匹配的字 | "],
        ["4:34 nothing of the word '*' can be matched | "],
    ),
    "full-width commas": (
        a_rule(when="{text: {contains_any: [退款，退货]}}"),
        ["4:34 词 '退款，退货' 里有全角标点 | 几个词之间用半角逗号；确实要找这个标点时加引号"],
        ["4:34 the word '退款，退货' has full-width punctuation | "
         "separate words by ASCII commas; quote the word if the mark is meant"],
    ),
    "a regular expression that RE2 refuses": (
        a_rule(when="{text: {matches: '(?=退)款'}}"),
        ["4:28 正则表达式不能用：不认识的写法 (?= | "
         "用的是 RE2：没有前后查找 (?=…)、(?<…) 和反向引用 \\1，重复次数不超过 1000"],
        ["4:28 the regular expression is refused: (?= is not known | "
         "this is RE2: no look-around (?=…), (?<…), no back-references \\1, repetition up to 1000"],
    ),
    "near without its distance": (
        a_rule(when="{text: {near: {one: 退, other: 款}}}"),
        ["4:25 near 缺少 within | 加上 within: …"],
        ["4:25 near lacks 'within' | add within: …"],
    ),
    "a level that does not exist": (
        a_rule(when="{customer: {level: VVIP}}"),
        ["4:30 不认识的 level 的值 'VVIP' | 是不是 'VIP'？"],
        ["4:30 unknown value of level 'VVIP' | did you mean 'VIP'?"],
    ),
    "model without a field": (
        a_rule(when="{model: {confidence_below: 50%}}"),
        ["4:19 model 里要写一个字段 | 例如 model: {type: 投诉, confidence_above: 0.6}"],
        ["4:19 model needs exactly one field | for example model: {type: complaint, confidence_above: 0.6}"],
    ),
    "a confidence above one": (
        a_rule(when="{model: {type: 投诉, confidence_above: 60}}"),
        ["4:48 confidence 要写 0 到 1 之间的数，不是 '60' | 例如 0.8 或 80%"],
        ["4:48 confidence must be a number from 0 to 1, not '60' | for example 0.8 or 80%"],
    ),
    "a domain with its protocol": (
        a_rule(when="{sender: {domain: 'https://a.cn'}}"),
        ["4:29 domain 看不懂：'https://a.cn' | 应写域名，如 example.com"],
        ["4:29 domain is not understood: 'https://a.cn' | expected a domain such as example.com"],
    ),
    "an unknown value": (
        a_rule(then="{type: 投述}"),
        ["5:18 不认识的 type 的值 '投述' | 是不是 '投诉'？"],
        ["5:18 unknown value of type '投述' | did you mean '投诉'?"],
    ),
    "an unknown action": (
        a_rule(then="{urgancy: 紧急}"),
        ["5:12 不认识的键 'urgancy' | 是不是 'urgency'？"],
        ["5:12 unknown key 'urgancy' | did you mean 'urgency'?"],
    ),
    "urgency twice": (
        a_rule(then="{urgency: 紧急, urgency_at_least: 重要}"),
        ["5:43 urgency 和 urgency_at_least 只能写一个 | urgency 直接定为该值；urgency_at_least 只升不降"],
        ["5:43 write one of urgency and urgency_at_least only | "
         "urgency sets the value; urgency_at_least only raises it"],
    ),
    "no letter without a reason": (
        a_rule(then="{letter: none}"),
        ["5:20 不发回执要写明原因 | 写成 letter: {none: 原因}"],
        ["5:20 say why no letter is sent | write letter: {none: the reason}"],
    ),
    "spam that is neither yes nor no": (
        a_rule(then="{spam: maybe}"),
        ["5:18 不认识的 spam 'maybe' | 可以写：yes、no、是、否"],
        ["5:18 unknown spam 'maybe' | possible: yes, no"],
    ),
    "one example only": (
        a_rule(examples=["{text: 退款, expect: {type: 投诉}}"]),
        ["7:7 生效的规则至少要有 2 个例子 | 一个符合的，一个相近但不该符合的（expect: nothing）"],
        ["7:7 an active rule needs 2 examples or more | one that it meets, and one near-miss (expect: nothing)"],
    ),
    "an example that expects a typing error": (
        a_rule(examples=["{text: 退款, expect: {type: 投诉}}", "{text: a, expect: nohting}"]),
        ["8:27 expect 看不懂：'nohting' | 写 nothing（不符合）或 {type: 投诉, urgency: 紧急}"],
        ["8:27 expect is not understood: 'nohting' | "
         "write nothing (does not hold) or {type: complaint, urgency: urgent}"],
    ),
    "an example without expect": (
        a_rule(examples=["{text: 退款, expect: {type: 投诉}}", "{text: a}"]),
        ["8:9 例子缺少 expect | 加上 expect: …"],
        ["8:9 the example lacks 'expect' | add expect: …"],
    ),
    "rules that are no list": (
        "rules:\n  id: x\n",
        ["2:3 rules 应为列表（每项以 - 开头） | 每一项前面写一个短横和空格：- …"],
        ["2:3 rules must be a list (each item begins with -) | write a dash and a space before each item: - …"],
    ),
    "a file that is a list": (
        "- id: x\n",
        ["1:1 规则文件应为一组“键: 值” | 在最上面加一行 rules:"],
        ["1:1 a rule file must be a mapping (key: value) | write rules: in a line above"],
    ),
    "a switch for a rule that does not ship": (
        "rules:\n  - {id: zh-outgae, status: retired}\n",
        ["2:10 不认识的内置规则 'zh-outgae' | 是不是 'zh-outage'？"],
        ["2:10 unknown built-in rule 'zh-outgae' | did you mean 'zh-outage'?"],
    ),
    "the same id twice": (
        a_rule() + a_rule().removeprefix("rules:\n"),
        ["9:9 规则 id 'test' 重复 | rules/10.yaml:2 已经用过"],
        ["9:9 the rule id 'test' is repeated | it is used at rules/10.yaml:2"],
    ),
    "a broken file": (
        'rules:\n  - id: "x\n    title: y\n',
        ['2:9 引号 " 没有成对 | 在这一行补上另一个引号，或去掉这个'],
        ['2:9 the quote " has no partner | add the other quote in this line, or drop this one'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_at_its_place_with_what_to_write(name):
    """The wording is pinned: it is what an admin reads at night."""
    content, zh, en = CASES[name]
    assert said(content, builtin="switch" in name) == (zh, en)


def test_an_unknown_word_list_is_told_with_the_nearest_one():
    """Or with the file to make."""
    content = a_rule(when="{text: {words: outgae}}")
    assert said(content, {"outage": ("瘫痪",)})[0] == ["4:26 不认识的词表 'outgae' | 是不是 'outage'？"]
    assert said(content)[0] == ["4:26 没有词表 'outgae' | 新建 words/outgae.txt"]


def test_all_mistakes_of_a_file_are_told_at_once():
    """And the rules without mistakes are compiled nevertheless."""
    content = a_rule(id="good") + "".join(
        a_rule(id=f"bad{number}", then="{urgancy: 紧急}", when="{txt: 退款}").removeprefix("rules:\n")
        for number in range(3)
    )
    book, problems = compile_book({"rules/10.yaml": content}, TAXONOMY, builtin=False)
    assert len(problems) == 6
    assert [rule.id for rule in book.rules] == ["good"]


_CASE = re.compile(r"^## ([^\n]+)\n\n```yaml\n(.*?)\n```\n\n```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
FILES = {
    name: (content.replace("␇", "\a") + "\n", expected)
    for name, content, expected in _CASE.findall(Path(__file__).with_name("faulty.md").read_text(encoding="utf-8"))
}


def told(content: str, *, builtin: bool) -> str:
    """Every problem as ``faulty.md`` writes it."""
    book, found = compile_book({"rules/10.yaml": content}, TAXONOMY, words={"outage": ("瘫痪",)}, builtin=builtin)
    lines = []
    for problem in (*found, *find_dead_rules(book.rules), *find_opposed_examples(book.rules)):
        place = f"{problem.line}:{problem.column}"
        lines.append(f"{place} {problem.zh}" + (f" | {problem.hint_zh}" if problem.hint_zh else ""))
        lines.append(f"{' ' * len(place)} {problem.en}" + (f" | {problem.hint_en}" if problem.hint_en else ""))
    return "\n".join(lines)


def test_there_are_a_hundred_faulty_files():
    """Of all kinds of mistakes, beside those above."""
    assert len(FILES) >= 100


@pytest.mark.parametrize("name", FILES)
def test_a_faulty_file_is_told_word_for_word(name):
    """All of its mistakes at once, at the right place, in both languages, never as a traceback."""
    content, expected = FILES[name]
    assert told(content, builtin="switch" in name) == expected
