"""YAML is read as text with its place; what is broken is told where it is broken, in an admin's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings.content import MOST_BYTES
from core.settings.nodes import MOST_DEPTH, ListNode, MapNode, Scalar, read_nodes


def places(content):
    """(line, column, zh, en) of each problem."""
    return [(p.line, p.column, p.zh, p.en) for p in read_nodes(content, "x.yaml")[1]]


def test_every_scalar_stays_the_text_that_was_written():
    """No YAML 1.1 surprises: numbers, booleans, dates and null are text."""
    root, problems = read_nodes("a: 0571\nb: no\nc: 010\nd: 2026-01-04\ne: null\nf:\ng: 1_000\n", "x.yaml")
    assert problems == ()
    assert isinstance(root, MapNode)
    texts = [value.text for _, value in root.entries if isinstance(value, Scalar)]
    assert texts == ["0571", "no", "010", "2026-01-04", "null", "", "1_000"]


def test_each_node_knows_its_line_and_column_from_one():
    """Columns count characters, not bytes."""
    root, _ = read_nodes("标题: 退款\n列表:\n  - 一\n  - '二'\n", "x.yaml")
    assert isinstance(root, MapNode)
    key, value = root.entries[1]
    assert (key.line, key.column) == (2, 1)
    assert isinstance(value, ListNode)
    assert [(item.line, item.column) for item in value.items] == [(3, 5), (4, 5)]
    first = root.get("标题")
    assert isinstance(first, Scalar)
    assert (first.line, first.column, first.plain) == (1, 5, True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: 1\na: 2\n", (2, 1, "键 'a' 重复", "the key 'a' is repeated")),
        ("{a: 1, a: 2}", (1, 8, "键 'a' 重复", "the key 'a' is repeated")),
        ("a:\n\t- b\n", (2, 1, "缩进里有制表符（Tab）", "a tab is used for indentation")),
        ('a: 1\nb: "x\nc: "y"\n', (2, 4, '引号 " 没有成对', 'the quote " has no partner')),
        ("a: 'x\nb: 1\n", (1, 4, "引号 ' 没有成对", "the quote ' has no partner")),
        ('a: "x""\n', (1, 4, '引号 " 没有成对', 'the quote " has no partner')),
        ("title：退款\nwhen: 1\n", (1, 6, "冒号是全角的 ：", "the colon is full-width ：")),
        ("a: b: c\n", (1, 5, "这里不能再出现冒号", "a colon is not allowed here")),
        ('a: {b: "x}\nc: {d: "y"}\n', (1, 8, '引号 " 没有成对', 'the quote " has no partner')),
        ('a: {b: \'say "hi\', c: ["x]}\n', (1, 23, '引号 " 没有成对', 'the quote " has no partner')),
        ('a: [x, "y]\nb: 2 # it"s\n', (1, 8, '引号 " 没有成对', 'the quote " has no partner')),
        ("a: 1\n　　b: 退款\n", (2, 1, "缩进里有全角空格", "a full-width space is used for indentation")),
        ("a:\n  b: 1\n \u00a0c: 2\n", (3, 2, "缩进里有全角空格", "a full-width space is used for indentation")),
        ("a: }x\n", (1, 4, "这里缺少内容，或多了一个括号或逗号",
                      "something is missing here, or there is a bracket or comma too many")),
        ("a: [1, 2\nb: 3\n", (1, 4, "方括号或花括号没有写完", "a bracket is not closed")),
        ("- a\n-b: c\n- d: 1\n", (2, 1, "列表项没有对齐", "a list item is not aligned")),
        ("a: @outage\n", (1, 4, "值不能以 @ 开头", "a value cannot begin with @")),
        ("  a: 1\n b: 2\n", (2, 2, "缩进或引号不对", "the indentation or a quote is wrong")),
        ("a: &x 1\n", (1, 4, "不能使用锚点 & 和别名 *", "anchors (&) and aliases (*) are not allowed")),
        ("a: !!python/object:os.system x\n", (1, 4, "不能使用标签 tag:yaml.org,2002:python/object:os.system",
                                              "the tag tag:yaml.org,2002:python/object:os.system is not allowed")),
        ("a: 1\n---\nb: 2\n", (2, 1, "一个文件里只能有一份内容", "a file holds one document only")),
        ("? [a]\n: b\n", (1, 3, "键必须是文字", "a key must be text")),
        ("a: \x00b\n", (1, 4, "文件含有控制字符", "the file has a control character")),
        ("a: \ud800b\n", (1, 4, "文件含有无效字符", "the file has an invalid character")),
        (b"a: \xcd\xcb\n", (1, 4, "文件不是 UTF-8 编码（字节 0xcd）", "the file is not UTF-8 (byte 0xcd)")),
        ('a: "\\q"\n', (1, 5, "双引号里的反斜杠写法不认识", "an unknown escape in double quotes")),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_at_its_place(content, expected):
    """The first problem stands where the mistake is, not where the parser gave up."""
    assert places(content)[0] == expected


def test_all_repeated_keys_of_a_file_are_told_at_once():
    """One look at the list is enough to mend the file."""
    assert [p[0] for p in places("a: 1\nb: 1\na: 2\nb: 2\n")] == [3, 4]


def test_an_alias_bomb_is_refused_without_being_expanded():
    """Anchors and aliases are not part of the language at all."""
    bomb = "a: &a [x,x]\n" + "".join(
        f"{c}: &{c} [*{p},*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert {p[3] for p in places(bomb)} == {"anchors (&) and aliases (*) are not allowed"}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_at_once(opening):
    """A hundred thousand brackets cost no recursion and no memory."""
    found = places(opening * 100_000)
    assert len(found) == 1
    assert found[0][3] == f"nested more than {MOST_DEPTH} levels deep"


def test_a_file_that_is_too_large_is_not_read():
    """The limit is told instead."""
    found = places("a: 1\n" * MOST_BYTES)
    assert found[0][2] == "文件超过 4 MB，不予读取"


def test_what_was_read_is_kept():
    """An editor asks for all files at every pause of the typing; what differs in text or name is read anew."""
    assert read_nodes("a: 1\n", "x.yaml")[0] is read_nodes("a: 1\n", "x.yaml")[0]
    assert read_nodes("a: 2\n", "x.yaml")[0] != read_nodes("a: 1\n", "x.yaml")[0]
    assert read_nodes("a: *b\n", "y.yaml")[1][0].file == "y.yaml"
    assert read_nodes("a: *b\n", "x.yaml")[1][0].file == "x.yaml"


@pytest.mark.slow
def test_a_long_file_is_read_again():
    """It would fill the memory."""
    long = "- 一\n" * 10_000
    assert read_nodes(long, "x.yaml")[0] is not read_nodes(long, "x.yaml")[0]
    assert read_nodes(long, "x.yaml") == read_nodes(long, "x.yaml")


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter():
    """Editors on Windows write them."""
    root, problems = read_nodes("\ufeffa: 1\r\nb: 2\r\n".encode(), "x.yaml")
    assert problems == ()
    assert isinstance(root, MapNode)
    assert [key.text for key, _ in root.entries] == ["a", "b"]


@given(st.text(alphabet=st.sampled_from("ab:- \n\"'[]{}#&*!|>%@`,?\t：中0"), max_size=60))
def test_whatever_is_written_there_is_an_answer(content):
    """Never a traceback; where there is no problem there is at most one document."""
    root, problems = read_nodes(content, "x.yaml")
    assert root is None or isinstance(root, MapNode | ListNode | Scalar)
    assert all(p.line >= 1 and p.column >= 1 and p.zh and p.en for p in problems)


@given(st.binary(max_size=80))
def test_whatever_bytes_stand_in_a_file_there_is_an_answer(content):
    """The same for bytes."""
    _, problems = read_nodes(content, "x.yaml")
    assert all(p.line >= 1 and p.column >= 1 for p in problems)
