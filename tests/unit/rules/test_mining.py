"""Mining: a pattern that is there is found, noise makes no rules."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from rules.mining import FEWEST_CUSTOMERS, Labelled, mine

WORDS = "退款 多次 发票 快递 登录 合同 价格 安装 培训 积分 账号 密码 物流 售后 报错 系统 会员 套餐 升级 续费".split()
TYPES = ("咨询", "投诉", "问题反馈", "服务需求")


def a_mail(words, *, agent, decided="咨询", customer="a@a.cn"):
    return Labelled(text="，".join(words), customer=customer, agents={"type": agent}, decided={"type": decided})


def some_mails(dice, count, label):
    """Mails of eight random words each; ``label`` says what the agent gives."""
    found = []
    for number in range(count):
        words = dice.sample(WORDS, 8)
        found.append(a_mail(words, agent=label(words), customer=f"c{number % 40}", decided=dice.choice(TYPES)))
    return found


def by_commas(text):
    return text.replace(",", "，").split("，")


@pytest.mark.parametrize("seed", range(12))
def test_noise_makes_no_rules(seed):
    """Labels that have nothing to do with the words: no finding, whatever the seed."""
    dice = random.Random(seed)
    assert mine(some_mails(dice, 300, lambda _: dice.choice(TYPES)), by_commas) == ()


@pytest.mark.parametrize("seed", range(4))
def test_nor_do_labels_of_which_one_is_common(seed):
    """Nine of ten mails being complaints is no property of any word."""
    dice = random.Random(seed)
    assert mine(some_mails(dice, 300, lambda _: "投诉" if dice.random() < 0.9 else "咨询"), by_commas) == ()


def test_a_pair_of_words_that_agents_go_by_is_found():
    """With its counts; the pair, not one of its words."""
    dice = random.Random(5)

    def label(words):
        return "投诉" if {"退款", "多次"} <= set(words) else dice.choice(["咨询", "问题反馈", "服务需求"])

    mails = some_mails(dice, 400, label)
    (found,) = mine(mails, by_commas)
    both = [mail for mail in mails if "退款" in mail.text and "多次" in mail.text]
    assert (found.field, found.value, set(found.words)) == ("type", "投诉", {"退款", "多次"})
    assert found.mails == found.agreed == len(both)
    assert found.fixes == sum(mail.decided["type"] != "投诉" for mail in both)
    assert dict(found.instead) == Counter(mail.decided["type"] for mail in both if mail.decided["type"] != "投诉")
    assert [count for _, count in found.instead] == sorted((count for _, count in found.instead), reverse=True)
    assert found.breaks == 0
    assert found.chance < 0.01
    assert [mails[place] for place in found.members] == both


def test_what_the_desk_decides_well_already_is_no_finding():
    """However strong the pattern: a rule would mend nothing."""
    mails = [
        a_mail(["退款"] if n % 3 == 0 else ["发票", "快递"], agent="投诉" if n % 3 == 0 else "咨询", customer=f"c{n}")
        for n in range(90)
    ]
    assert [one.words for one in mine(mails, by_commas)] == [("退款",)]
    known = [replace(mail, decided=dict(mail.agents)) for mail in mails]
    assert mine(known, by_commas) == ()


def test_of_words_that_say_the_same_the_rarest_is_taken():
    """一下 stands in each of the mails too, and would stand in every other one."""
    mails = [a_mail(["一下", "差价", "处理"], agent="投诉", customer=f"c{n}") for n in range(20)]
    mails += [a_mail(["墨盒"], agent="咨询", customer=f"d{n}") for n in range(25)]
    rarity = {"一下": 6.2, "差价": 12.9, "处理": 8.4, "墨盒": 13.0}
    assert [one.words for one in mine(mails, by_commas, rarity.__getitem__)] == [("差价",)]


def test_the_words_of_one_customer_alone_are_his_own_affair():
    """A project's name in forty of his mails becomes no rule for all."""
    his = [a_mail(["蓝鲸项目"], agent="投诉", customer="one") for _ in range(40)]
    mails = his + [a_mail(["发票"], agent="咨询", customer=f"c{n}") for n in range(40)]
    assert FEWEST_CUSTOMERS == 2
    assert mine(mails, by_commas) == ()


def test_nothing_is_found_in_nothing():
    """No mails, no words."""
    assert mine([], by_commas) == ()
    assert mine([a_mail([], agent="投诉")] * 9, by_commas) == ()
