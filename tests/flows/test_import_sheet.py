"""Sheets as history: closed, labelled cases, brought in once; or every problem of the file with its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Role, User
from core.domain.sheet import Sheet
from core.domain.ticket import Direction, State
from core.domain.views import TicketDetail
from huiying.console.words import read_catalogues
from huiying.flows.bring_in import BroughtIn
from huiying.flows.erase import erase, find_customer
from huiying.flows.export import Export, csv_lines, export
from huiying.flows.import_sheet import import_sheet
from huiying.flows.labels import labels
from huiying.flows.sheet_reading import IMPORTED, PastCase, read_sheet
from tests.factories.pipeline import Office
from tests.flows.test_erase import Journal

ZHAO = User(id=2, name="zhao", role=Role.LEAD)
CHANNELS = {"邮件": "email", "电话": "phone"}
ONE = (
    "需求编号,客户名称,联系人,所属行业,客户等级,需求类型,需求具体内容(客户原话+提炼),提出渠道,提出时间,紧急程度,关联订单号,需求收集人\r\n"
    'D-001,示例医院,王芳（女士）,医疗,VIP,问题反馈,"报表导出失败，\n电话 13812345678\n【提炼】报表导出失败",'
    "电话,2025/3/5 9:30,重要,SO1,李敏\r\n"
    "D-002,张三,,,,咨询,请问企业版支持多少个账号？,,2025年3月6日,,,\r\n"
)
FIVE = (
    "需求编号,客户信息,联系方式(脱敏),需求类型,优先级,接收时间,第一响应人,响应时限,实际响应时间,处理进度/结果,客户反馈,关闭时间,备注\n"
    "D-001,示例医院,138****5678,紧急,高,2025-03-05 09:30,李敏,2025-03-05 09:45,2025-03-05 09:40,已修复,满意：很快,"
    "2025-03-06 10:00,\n"
    "D-003,李四,010-12345678 li@example.cn,个性化,低,2025-03-07 09:30,,,,定制报表已上线,不满意,2025-03-09,要加列\n"
)
SIX = (
    "问题编号,客户名称,问题描述,反馈时间,问题分类(产品/服务/其他),责任部门/人,处理进度,解决方案,完成时间,客户确认结果,满意度评分(1-5),归档时间\n"
    "P-1,张三,发票抬头开错了,2025-03-08,服务,客服部/李敏,已完成,重开,2025-03-09,需改进,2,2025-03-10\n"
)


def read(office: Office, sheet: Sheet, text: str) -> tuple[PastCase, ...]:
    return read_sheet(office.ctx.desk(), sheet, text.encode("gb18030"), "s.csv", CHANNELS, office.ctx.now())


def bring(office: Office, sheet: Sheet, text: str) -> BroughtIn:
    return import_sheet(office.ctx, read(office, sheet, text), ZHAO, "service", lambda done: None)


def taught(office: Office) -> list[tuple[str, dict[str, str], float]]:
    with office.ctx.store.read() as tx:
        return [(one.row.message.body.strip(), dict(one.row.labels), one.row.weight) for one in labels(office.ctx, tx)]


def words(detail: TicketDetail, direction: Direction) -> list[str]:
    return [one.reply.strip() for one in detail.messages if one.direction is direction]


def rows_of(office: Office, sheet: Sheet) -> int:
    """How many rows that sheet has when it is given out."""
    wanted = Export(sheet=sheet, format="csv")
    return len(list(export(office.ctx, wanted, ZHAO, read_catalogues()["zh-CN"])[1]))


def test_demands_become_closed_and_labelled_history(office: Office) -> None:
    """With the customer, his words and when he said them; without letter, clock or notice; once, however often."""
    assert bring(office, Sheet.DEMANDS, ONE) == BroughtIn(read=2, kept=2)
    assert bring(office, Sheet.DEMANDS, ONE.replace("导出失败", "导不出")) == BroughtIn(read=2, known=2)
    one, two = office.ticket("H000001"), office.ticket("H000002")
    assert one.ticket.state is State.CLOSED and not one.promises and not one.letters and not one.timers
    assert one.ticket.received == datetime(2025, 3, 5, 1, 30, tzinfo=UTC) and one.ticket.channel == "phone"
    assert words(one, Direction.IN) == ["报表导出失败，\n电话 138****5678"] and one.ticket.gist == "报表导出失败"
    assert one.customer and (one.customer.name, one.customer.form, one.customer.level) == ("王芳", "女士", "VIP")
    assert (one.customer.company, one.customer.industry) == ("示例医院", "医疗")
    assert two.customer and two.customer.name == "张三" and two.ticket.channel == "email"
    assert "需求收集人：李敏" in words(one, Direction.NOTE)[0] and "13812345678" not in words(one, Direction.NOTE)[0]
    assert [(values, weight) for _, values, weight in taught(office)] == [
        ({"type": "问题反馈", "urgency": "重要"}, 0.5), ({"type": "咨询"}, 0.5)
    ]  # fmt: skip
    with office.ctx.store.read() as tx:
        assert tx.notices.unseen("zhao") == 0
        lines = [line.details for line in tx.views.audit("sheet:1", "", 10).rows]
    assert lines == [(("rows", "2"), ("new", "0")), (("rows", "2"), ("new", "2"))]


def test_another_sheet_adds_what_it_says_to_the_same_number(office: Office) -> None:
    """The five words, times and the customer's word; a number that is new is a case of its own."""
    bring(office, Sheet.DEMANDS, ONE)
    assert bring(office, Sheet.RESPONSE, FIVE) == BroughtIn(read=2, kept=2)
    assert bring(office, Sheet.RESPONSE, FIVE) == BroughtIn(read=2, known=2)
    one, three = office.ticket("H000001"), office.ticket("H000003")
    assert one.ticket.fields["urgency"] == "紧急" and one.ticket.fields["type"] == "问题反馈"
    assert one.ticket.first_response == datetime(2025, 3, 5, 1, 40, tzinfo=UTC)
    assert one.ticket.closed == datetime(2025, 3, 6, 2, 0, tzinfo=UTC) and one.votes[0].satisfied
    assert len(words(one, Direction.IN)) == 1 and len(words(one, Direction.NOTE)) == 2
    assert three.ticket.fields["type"] == "服务需求" and not three.votes[0].satisfied
    assert three.customer and three.customer.address and three.customer.address.address == "li@example.cn"
    assert three.customer.phone == "010-12345678"
    # What stands beside the customer's words is worth twice as much as beside ours.
    assert [weight for _, values, weight in taught(office) if "服务需求" in values.values()] == [0.25]
    assert {"type": "问题反馈", "urgency": "紧急"} in [values for _, values, _ in taught(office)]


def test_words_that_come_later_are_kept_beside_the_others(office: Office) -> None:
    """Sheet 5 first: the customer's words follow as a message, and the label stands beside them."""
    bring(office, Sheet.RESPONSE, FIVE)
    assert bring(office, Sheet.DEMANDS, ONE).kept == 2
    one = office.ticket("H000001")
    assert words(one, Direction.IN) == ["已修复\n满意：很快", "报表导出失败，\n电话 138****5678"]
    assert one.customer and one.customer.name == "示例医院" and one.customer.industry == "医疗"
    bodies = {body: weight for body, values, weight in taught(office) if values.get("type") == "问题反馈"}
    assert list(bodies.values()) == [0.5] and next(iter(bodies)).startswith("报表导出失败")


def test_what_was_erased_does_not_come_back(office: Office) -> None:
    """The same sheet again leaves the number alone."""
    bring(office, Sheet.RESPONSE, FIVE)
    erase(office.ctx, find_customer(office.ctx, "H000002"), "operator", Journal())
    assert office.ticket("H000002").is_erased
    assert bring(office, Sheet.RESPONSE, FIVE) == BroughtIn(read=2, known=2)
    assert office.ticket("H000002").is_erased and office.totals()["tickets"] == 2


def test_problems_tell_topic_team_and_end(office: Office) -> None:
    """The category is a topic; the archive's time ends the case."""
    assert bring(office, Sheet.PROBLEMS, SIX).kept == 1
    one = office.ticket("H000001")
    assert (one.ticket.fields["topic"], one.ticket.fields["team"]) == ("服务质量", "客服部")
    assert one.ticket.resolved == datetime(2025, 3, 8, 16, 0, tzinfo=UTC)
    assert one.ticket.closed == datetime(2025, 3, 9, 16, 0, tzinfo=UTC) and not one.votes[0].satisfied
    assert rows_of(office, Sheet.PROBLEMS) == 1
    assert taught(office) == [("发票抬头开错了", {"topic": "服务质量"}, 0.5)]


def test_every_problem_of_a_file_is_told_with_its_place(office: Office) -> None:
    """Line and column of each, also below a row of several lines; and nothing is brought in."""
    wrong = ONE.replace("VIP", "金牌").replace("重要", "急").replace("2025年3月6日", "昨天") + (
        "D-002,,,,,咨询,,微信,2099-01-01,,,\r\n"
    )
    with pytest.raises(BadInput) as error:
        read(office, Sheet.DEMANDS, wrong)
    told = error.value.message.splitlines()
    places = ["2:5", "2:10", "5:9", "6:7", "6:8", "6:9", "6:1"]
    assert sorted(line.split(": ")[0] for line in told) == sorted(f"s.csv:{place}" for place in places)
    with pytest.raises(BadInput, match=r"s\.csv:1:2: 客户信息表 不认识的列.*是不是 客户信息"):
        read(office, Sheet.RESPONSE, FIVE.replace("客户信息", "客户信息表"))
    with pytest.raises(BadInput, match="缺少列 接收时间"):
        read(office, Sheet.RESPONSE, "需求编号,需求类型\n1,咨询\n")
    with pytest.raises(BadInput, match=r"s\.csv:3:3: .*不是邮箱"):
        read(office, Sheet.RESPONSE, FIVE.replace("li@example.cn", "li@@example.cn"))
    with pytest.raises(BadInput, match="1, 5 and 6"):
        read(office, Sheet.EXECUTION, "")


@pytest.mark.parametrize("day", ["0001-01-01", "0202-03-05", "1899-12-31", "1999/12/31 23:59", "9999-12-31 23:59"])
def test_a_day_that_nobody_means_is_told_with_its_place(office: Office, day: str) -> None:
    """A year that was mistyped, a cell that a spreadsheet took for a number of days."""
    with pytest.raises(BadInput, match=rf"^s\.csv:5:9: 提出时间 {day} "):
        read(office, Sheet.DEMANDS, ONE.replace("2025年3月6日", day))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_was_given_out_can_be_brought_in(office: Office, language: str) -> None:
    """Each sheet as it was exported, in both languages: nothing of it is a problem."""
    for sheet, text in ((Sheet.DEMANDS, ONE), (Sheet.RESPONSE, FIVE), (Sheet.PROBLEMS, SIX)):
        bring(office, sheet, text)
    words = read_catalogues()[language]
    channels = {words[f"channel.{one}"].casefold(): one for one in ("email", "phone")}
    for sheet in IMPORTED:
        wanted = Export(sheet=sheet, format="csv", language=language)
        data = "".join(csv_lines(*export(office.ctx, wanted, ZHAO, words))).encode("utf-8-sig")
        cases = read_sheet(office.ctx.desk(), sheet, data, "s.csv", channels, office.ctx.now())
        assert [case.number for case in cases][:1] == ["H000001"], sheet
        assert sheet is not Sheet.RESPONSE or cases[0].fields["urgency"] == "紧急"


def test_agents_bring_none_in(office: Office) -> None:
    """As with customers."""
    with pytest.raises(NotPermitted):
        import_sheet(office.ctx, (), User(id=1, name="li", role=Role.AGENT), "service", lambda done: None)
