"""The taxonomy: what ships can be read, and mistakes are told all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.taxonomy import PRIORITIES, TARGETS, URGENCIES
from core.settings.taxonomy import read_taxonomy

SHIPPED = (Path(__file__).parents[3] / "config" / "taxonomy.yaml").read_text("utf-8")


def said(content):
    return [f"{p.line}:{p.column} {p.zh} | {p.hint_zh}" for p in read_taxonomy(content, "taxonomy.yaml")[1]]


def test_the_shipped_taxonomy_has_every_field_with_three_names_and_a_default():
    """Pages and letters can show each value in Chinese, Traditional Chinese and English."""
    taxonomy, problems = read_taxonomy(SHIPPED, "taxonomy.yaml")
    assert problems == ()
    assert taxonomy is not None
    for field in (*TARGETS, "impact", "gravity", "level"):
        assert taxonomy.defaults[field] in {value.key for value in taxonomy.values(field)}
        assert all(value.zh and value.en and value.zh_tw and value.english for value in taxonomy.values(field))
    assert tuple(v.key for v in taxonomy.values("urgency")) == URGENCIES
    assert tuple(v.key for v in taxonomy.values("priority")) == PRIORITIES
    assert all(value.team and value.coarse and value.description for value in taxonomy.values("type"))


@pytest.mark.parametrize(
    ("word", "key"),
    [("投诉", "投诉"), ("complaint", "投诉"), ("COMPLAINT", "投诉"), ("客訴", "投诉"), ("nonsense", None)],
)
def test_a_value_is_found_by_key_english_name_or_label(word, key):
    """Whoever writes a rule may use any of its names."""
    taxonomy, _ = read_taxonomy(SHIPPED, "taxonomy.yaml")
    assert taxonomy is not None
    found = taxonomy.find("type", word)
    assert (found.key if found else None) == key


def test_mistakes_are_told_all_at_once():
    """Five mistakes, five places."""
    broken = (
        SHIPPED.replace("  urgency: 常规", "  urgency: 常归")
        .replace("      english: inquiry", "      englsh: inquiry")
        .replace("{key: 低, english: low, zh: 低, zh_tw: 低, en: Low}", "{key: 很低, english: low}")
        .replace(
            "{key: VIP, english: vip, zh: VIP 重点, zh_tw: VIP 重點, en: VIP, formerly: [重点]}",
            "{key: 贵宾, english: vip}",
        )
        .replace("{key: 其他, english: other, zh: 其他, zh_tw: 其他, en: Other}", "{key: 其他, english: price}")
    )
    assert [line.split(" ", 1)[1] for line in said(broken)] == [
        "不认识的键 'englsh' | 是不是 'english'？",
        "type 的一个值缺少 english | 加上 english: …",
        "topic 里的名称 'price' 用了两次（价格） | ",
        "priority 的值必须依次是 高、中、低（优先级的推算依赖它们） | ",
        "level 缺少 VIP（优先级的推算依赖它） | ",
        "不认识的 urgency 的值 '常归' | 是不是 '常规'？",
    ]


def test_an_empty_taxonomy_is_a_problem():
    """Nothing can be decided without one."""
    assert said("") == ["1:1 分类体系没有内容，应为一组“键: 值” | 例如 fields: …；可以写：fields、defaults"]


LIVED = SHIPPED.replace("    - key: 咨询\n", "    - key: 询问\n      formerly: [咨询, 提问]\n").replace(
    "  type: 其他\n", "  type: 询问\n"
)


def test_a_renamed_value_is_known_by_its_former_keys():
    """Rules, labels and stored tickets go on meaning it: no code and no migration."""
    taxonomy, problems = read_taxonomy(LIVED, "taxonomy.yaml")
    assert taxonomy is not None and problems == ()
    renamed = taxonomy.find("type", "咨询")
    assert renamed is not None and renamed.key == "询问" and taxonomy.find("type", "提问") == renamed
    assert taxonomy.keys("type", "提问") == ("询问", "咨询", "提问") and taxonomy.keys("type", "旧") == ("旧",)
    assert taxonomy.label("type", "咨询", "en") == "Inquiry"
    assert taxonomy.team_of("咨询") == renamed.team


def test_a_retired_value_is_shown_and_never_chosen():
    """Old tickets keep their words; nobody and no rule can choose it, and it is no default."""
    retired = SHIPPED.replace("    - key: 合作需求\n", "    - key: 合作需求\n      retired: yes\n")
    taxonomy, problems = read_taxonomy(retired, "taxonomy.yaml")
    assert taxonomy is not None and problems == ()
    assert "合作需求" not in {value.key for value in taxonomy.values("type")}
    assert taxonomy.find("type", "cooperation") is None
    assert taxonomy.label("type", "合作需求", "en") == "Cooperation" and taxonomy.team_of("合作需求") == "商务组"
    assert any("合作需求" in line for line in said(retired.replace("  type: 其他\n", "  type: 合作需求\n")))
    fixed = SHIPPED.replace("    - key: 重要\n", "    - key: 重要\n      retired: yes\n")
    assert any("urgency 的值必须依次是" in line for line in said(fixed))


def test_a_former_key_means_one_value():
    """A key that still stands, or that two values claim, is told with its place."""
    twice = LIVED.replace("    - key: 投诉\n", "    - key: 投诉\n      formerly: [提问]\n")
    assert any("'提问' 用了两次（询问）" in line for line in said(twice))
    alive = SHIPPED.replace("    - key: 投诉\n", "    - key: 投诉\n      formerly: [咨询]\n")
    assert any("'咨询' 用了两次" in line for line in said(alive))
