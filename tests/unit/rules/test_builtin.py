"""The shipped book: every type, urgency and priority in Chinese and English, each rule with a near-miss."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.domain.decision import By
from core.domain.suggestion import NO_SUGGESTION
from rules.decide import decide
from rules.shipped import check_builtin
from rules.testing import test_book as run_all_examples
from tests.factories.rules import TAXONOMY, a_book, a_message, some_facts

BOOK = a_book(builtin=True)


def by_rules(message, facts=None):
    facts = facts or some_facts()
    return decide(
        taxonomy=TAXONOMY,
        facts=facts,
        first=BOOK.first_pass(message, facts),
        second=BOOK.second_pass(message, facts, NO_SUGGESTION),
        suggestion=NO_SUGGESTION,
        bundle="",
    )


def language_of(rule):
    return rule.id.partition("-")[0]


def test_the_shipped_files_have_no_problem_and_all_their_examples_pass():
    """The very command that an admin has."""
    assert check_builtin(TAXONOMY) == ()
    assert run_all_examples(BOOK).failed == ()


def test_there_are_sixty_rules_and_sixty_urgent_texts():
    """None of the texts stands twice."""
    assert len(BOOK.rules) >= 60 and len(set(URGENT)) == len(URGENT) >= 60


def test_each_rule_has_a_near_miss_and_two_hits():
    """So that a wider word is noticed."""
    for rule in BOOK.rules:
        missing = [example for example in rule.examples if example.expect is None]
        assert missing, rule.id
        assert len(rule.examples) - len(missing) >= 2, rule.id


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("field", ["type", "urgency", "priority"])
def test_each_value_is_decided_by_a_rule_in_both_languages(field, language):
    """Absolute, as a floor, or derived from what the rule set."""
    decided = {
        values
        for rule in BOOK.rules
        if language_of(rule) == language
        for example in rule.examples
        if example.expect is not None
        for values in example.expect.get(field, ())
    }
    assert decided == {value.key for value in TAXONOMY.values(field)}


URGENT = [
    ("系统从早上起全线崩溃", "所有门店都收不了银，顾客在排队"),
    ("", "整个公司都登不上系统，业务中断了"),
    ("服务器宕机", "生产环境宕机，客户全部掉线"),
    ("系統癱瘓", "所有員工都無法登入，請立即處理"),
    ("", "网站打不开，大量用户无法登录，全部报错"),
    ("电池冒烟", "你们的充电宝在包里冒烟了"),
    ("", "热水器漏电，差点出事"),
    ("燃气泄漏", "新装的灶具燃气泄漏"),
    ("", "孩子吃了你们的饼干之后呕吐腹泻，正在医院"),
    ("电梯困人", "有三个人被困在电梯里"),
    ("数据丢失", "上午升级后三年的数据全没了"),
    ("", "登录后看到其他公司的订单，信息泄露"),
    ("账户被盗刷", "昨晚被盗刷两万元"),
    ("【紧急】投标授权", "请尽快"),
    ("", "今天下午四点之前必须拿到授权书，否则废标"),
    ("加急", "合同请盖章"),
    ("", "情况紧急，请马上派人"),
    ("", "楼上严重漏水，家里变成水帘洞"),
    ("", "大面积故障，接口全部报错"),
    ("", "生产线停线了，PLC 连不上你们的平台"),
    ("Production down", "None of our sites can take orders"),
    ("", "The whole system is down and we cannot process payments"),
    ("URGENT", "please call"),
    ("", "All our users are locked out since 8 am"),
    ("", "The adapter caught fire on my desk"),
    ("", "We have been hacked, there are fraudulent charge entries"),
    ("", "We lost all our data after the update"),
    ("", "I need this by end of day or else we lose the tender"),
    ("Emergency", "The gate does not open and people wait outside"),
    ("", "My daughter was injured by the broken handle"),
    ("", "凌晨三点起支付接口不可用，所有订单都付不了款"),
    ("POS 全部掉线", "十二家门店的收银机同时掉线，排队的人越来越多"),
    ("", "你们的充电器爆炸了，窗帘都烧着了"),
    ("", "冰箱起火，消防刚走"),
    ("", "吃了贵司的酸奶全家上吐下泻，现在在急诊"),
    ("", "老人触电了，插座是你们装的"),
    ("", "煤气味很重，阀门关不上，怀疑漏气"),
    ("账号异常", "账号被盗，余额被转走了八千元"),
    ("", "客户资料被泄露，网上能搜到我们的身份证号"),
    ("", "误删后备份也恢复不了，全部数据丢失"),
    ("", "今天 18:00 截标，系统上传不了标书，十万火急"),
    ("", "明早八点开庭，需要今晚拿到盖章的证明，非常紧急"),
    ("", "全公司邮箱都瘫痪了，客户找不到我们"),
    ("", "機房斷電後系統無法啟動，全部業務停擺"),
    ("緊急求助", "門市全部無法結帳"),
    ("", "刹车失灵，差点撞到人，车是上周在你们店保养的"),
    ("", "医院挂号系统崩溃，病人都堵在大厅"),
    ("", "孩子误吞了玩具上掉下来的电池，正在抢救"),
    ("", "屋顶塌了一块，有人受伤"),
    ("", "数据库挂了，网站全部 500"),
    ("", "Our checkout has been down for an hour and we are losing orders"),
    ("Critical", "All servers are offline, nobody can work"),
    ("", "Your battery exploded while charging"),
    ("", "There is smoke coming out of the heater"),
    ("", "My son was taken to hospital after eating your cookies"),
    ("", "There is a gas leak at the boiler you installed yesterday"),
    ("", "Somebody stole our account and transferred money out of it"),
    ("", "We can see other customers' invoices after logging in, this is a data breach"),
    ("ASAP", "We need the signed contract within one hour, otherwise the deal is lost"),
    ("", "Complete outage in all stores since this morning"),
]


@pytest.mark.parametrize(("subject", "text"), URGENT)
def test_urgent_texts_are_found_by_rules_alone(subject, text):
    """Written by us; none stands among the rules' own examples."""
    choice = by_rules(a_message(text, subject=subject)).choices["urgency"]
    assert (choice.value, choice.by) == ("紧急", By.RULE)


ROUTINE = [
    ("咨询报价", "请问企业版五十个账号多少钱？"),
    ("", "怎么修改发票抬头？"),
    ("建议", "希望增加夜间模式"),
    ("", "谢谢，问题已经解决了"),
    ("合作", "我们想成为贵司的代理商"),
    ("", "昨天系统打不开的问题已经恢复，感谢"),
    ("", "请问紧急联系人在哪里修改？"),
    ("", "这个不急，有空看看就行"),
    ("", "收到货了，质量很好，点赞"),
    ("", "Could you send us a quotation for ten seats?"),
    ("", "What are your opening hours on Sunday?"),
    ("Feature request", "It would be nice to have a calendar view"),
    ("", "Thanks, everything works again"),
    ("", "There is no rush, but could you look at the colours?"),
    ("", "How do you prevent data leaks? Our auditor asks."),
]


@pytest.mark.parametrize(("subject", "text"), ROUTINE)
def test_ordinary_texts_stay_routine(subject, text):
    """A false alarm costs trust."""
    assert by_rules(a_message(text, subject=subject)).value("urgency") == "常规"


def test_spam_of_a_known_customer_is_not_spam():
    """Somebody who asks about such a mail is answered."""
    message = a_message("我司可代开增值税发票，点数低")
    assert by_rules(message).spam
    assert not by_rules(message, some_facts(known_sender=True)).spam


def test_a_word_in_a_quoted_mail_decides_nothing():
    """The quoted outage is that of the mail before."""
    message = a_message("谢谢，收到。", body="谢谢，收到。\n> 系统瘫痪，所有门店收不了款")
    decision = by_rules(message)
    assert (decision.value("type"), decision.value("urgency")) == ("其他", "常规")


@pytest.mark.corpus
def test_urgent_letters_of_the_corpus_are_found_with_few_false_alarms():
    """All five, with at most nine false alarms, by rules alone."""
    corpus = os.environ.get("HUIYING_CORPUS", "")
    path = Path(corpus, "labels", "zh_gold_letters.jsonl")
    if not corpus or not path.exists():
        pytest.skip("HUIYING_CORPUS names no corpus")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    decided = [by_rules(a_message(row["body"], subject=row["subject"])) for row in rows]
    alarms = [row["urgency"] for row, one in zip(rows, decided, strict=True) if one.value("urgency") == "紧急"]
    assert alarms.count("紧急") == 5
    assert len(alarms) - alarms.count("紧急") <= 9
