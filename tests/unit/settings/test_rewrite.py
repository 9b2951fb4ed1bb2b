"""Values written into a file: what says the same stays as it was, and every comment stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings.nodes import read_nodes
from core.settings.plain import Plain, block_yaml, flow_yaml, plain_of
from core.settings.rewrite import is_same, items_of, with_item, with_new_item

SHIPPED = Path(__file__).parents[3] / "config" / "rules" / "10-example.yaml"
BOOK = """# the head of the file
rules:
  # about the first
  - id: one          # for ever
    title: '退款'
    when:
      all:           # both
        # of refunds
        - text: [退款,
                 退货]   # two words
        # of anger
        - text: {contains_any: [多次]}
    then: {type: 投诉}  # bound
    # tests
    examples:
      - {text: 退款多次, expect: {type: 投诉}}
      # a near miss
      - text: |
          你好
          请问
        expect: nothing

  # about the second
  - id: two
    tel: 0571
    yes: no
# the end
"""

_words = st.text(st.characters(codec="utf-8"), max_size=12)
_plain = st.recursive(
    _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=8,
)
_items = st.dictionaries(_words, _plain, min_size=1, max_size=4)


def read(content: str) -> Plain:
    root, problems = read_nodes(content, "x.yaml")
    assert root is not None and problems == (), (problems, content)
    return plain_of(root)


def changed(place: int = 0, content: str = BOOK, **values: Plain) -> str:
    """The book with some keys of one item set."""
    items = items_of(content, "rules")
    assert items is not None
    old = items[place].value
    assert isinstance(old, dict)
    return with_item(content, "rules", place, old | values)


def lines_of(content: str) -> set[str]:
    return set(content.split("\n"))


@given(_plain.filter(lambda one: not isinstance(one, str)))
def test_what_is_written_is_read_back(value: Plain) -> None:
    """In one line and in many, whatever characters there are."""
    assert read(flow_yaml(value)) == value
    if value:
        assert read("\n".join(block_yaml(value, 0))) == value


def test_an_unchanged_item_stays_to_the_byte() -> None:
    """Also where one text stands for a list of one."""
    assert changed() == BOOK
    assert changed(title=["退款"]) == BOOK
    assert changed(1) == BOOK


def test_one_changed_value_changes_one_line() -> None:
    """The comment behind it stays, and so does each other line."""
    text = changed(then={"type": "咨询"})
    assert lines_of(text) - lines_of(BOOK) == {"    then: {type: 咨询}  # bound"}
    assert len(lines_of(BOOK) - lines_of(text)) == 1


def test_a_new_key_stands_where_it_was_put() -> None:
    """After the key that comes before it."""
    items = items_of(BOOK, "rules")
    assert items is not None and isinstance(items[0].value, dict)
    new: dict[str, Plain] = {}
    for key, value in items[0].value.items():
        new[key] = value
        if key == "title":
            new["why"] = "因为: 多"
    text = with_item(BOOK, "rules", 0, new)
    assert "    title: '退款'\n    why: \"因为: 多\"\n    when:" in text


@pytest.mark.parametrize("when", [
    {"all": [{"text": {"contains_any": ["多次"]}}]},
    {"all": [{"text": ["退款", "退货"]}]},
    {"all": [{"text": ["退款"]}, {"text": {"contains_any": ["多次"]}}, {"not": {"is_reply": "yes"}}]},
    {"any": [{"text": "退款"}, {"all": [{"language": "en"}, {"own": {"near": {"one": "a", "other": "b"}}}]}]},
    {"text": "退款"},
])  # fmt: skip
def test_no_comment_is_lost_while_something_stays(when: Plain) -> None:
    """Comments above and between items stay even when the item goes; those of other rules are not touched."""
    text = changed(when=when)
    item = items_of(text, "rules")
    assert item is not None and is_same(item[0].value["when"], when)  # type: ignore[call-overload,index]  # a mapping
    for comment in re.findall(r"# .*", BOOK):
        assert comment in text or (comment == "# two words" and "退款" not in str(when)), comment


def test_a_block_of_text_is_replaced_whole() -> None:
    """And what follows it stays."""
    text = changed(examples=[{"text": "退款多次", "expect": {"type": "投诉"}}, {"text": "你好", "expect": "nothing"}])
    assert "      - text: 你好\n        expect: nothing\n\n  # about the second\n" in text


@given(_items, st.integers(0, 1))
def test_any_item_can_be_written_over_any_other(new: dict[str, Plain], place: int) -> None:
    """The other item stays as it was, with its comments, and the head and the end of the file too."""
    text = with_item(BOOK, "rules", place, new)
    before, after = items_of(BOOK, "rules"), items_of(text, "rules")
    assert before is not None and after is not None
    assert is_same(after[place].value, new)
    assert after[1 - place].value == before[1 - place].value
    for comment in ("# the head of the file", "# about the first", "# about the second", "# the end"):
        assert comment in text


@given(_items)
def test_a_new_item_stands_at_the_end(new: dict[str, Plain]) -> None:
    """In an empty file, after a list that is empty, and after other items."""
    for content in ("", "rules:\n", "rules: []  # none yet\n", "# head\nrules:\n", BOOK, "rules:\n- id: a\n"):
        text = with_new_item(content, "rules", new)
        items = items_of(text, "rules")
        assert items is not None and items[-1].value == new, text
        assert len(items) == len(items_of(content, "rules") or ()) + 1
        assert all(comment in text for comment in re.findall(r"# .*", content))


def test_shipped_files_can_be_taken_apart() -> None:
    """The example that every desk begins with."""
    items = items_of(SHIPPED.read_text("utf-8"), "rules")
    assert items is not None and len(items) == 1


@pytest.mark.parametrize("content", [
    "rules: [{id: a}, {id: b}]", "rules:\n  - {id: a", "", "x: 1", "rules: no", "rules:\n  - &a {id: x}\n  - *a\n",
    "{rules: [\n{id: a},\n{id: b}]}\n",
])  # fmt: skip
def test_a_file_without_items_in_lines_of_their_own_is_left_alone(content: str) -> None:
    """It can be edited as text only."""
    assert items_of(content, "rules") is None
    with pytest.raises(ValueError, match="lines of its own"):
        with_item(content, "rules", 0, {"id": "b"})
