"""Customers as a sheet: brought in whole or not at all, and given out masked."""

from __future__ import annotations

import csv

import pytest

from core.domain.errors import BadInput, NotPermitted, ReasonNeeded
from core.domain.people import Role, User
from core.domain.ticket import Customer
from huiying.flows.customer_sheet import Brought, export_customers, import_customers
from tests.factories.letters import text_of
from tests.factories.pipeline import Office, a_mail

ZHAO = User(id=2, name="zhao", role=Role.LEAD)
LI = User(id=1, name="li", role=Role.AGENT)
SHEET = (
    "邮箱,客户名称,称谓,电话,公司,所属行业,客户等级,客户标签\r\n"
    'wang@example.cn,王芳,女士,138 1234 5678,示例医院,医疗,VIP,"老客户, 续约"\r\n'
    "zhao@example.cn,赵强,先生,,,,,\r\n"
    ",,,,,,,\r\n"
)


def at(office: Office, address: str) -> Customer:
    with office.ctx.store.read() as tx:
        found = tx.tickets.customer_by_address(address)
    assert found
    return found


def given(office: Office, language: str = "zh-CN", reason: str = "") -> list[list[str]]:
    return list(csv.reader("".join(export_customers(office.ctx, LI, language, reason=reason)).splitlines()))


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_is_brought_in(office: Office, charset: str) -> None:
    """New customers and known ones; the same sheet again changes nothing; an empty cell leaves what is known."""
    office.bring(a_mail(sender="<wang@example.cn>"))
    data = SHEET.encode(charset)
    assert import_customers(office.ctx, data, ZHAO) == Brought(read=2, new=1, changed=1)
    told: list[tuple[int, int]] = []
    done = import_customers(office.ctx, data, ZHAO, lambda done, of: told.append((done, of)))
    assert done == Brought(read=2, same=2) and told == [(2, 2)]
    wang = at(office, "wang@example.cn")
    assert (wang.name, wang.form, wang.phone, wang.level) == ("王芳", "女士", "138 1234 5678", "VIP")
    assert (wang.company, wang.industry, wang.tags) == ("示例医院", "医疗", ("老客户", "续约"))
    assert import_customers(office.ctx, b"email,phone\nzhao@example.cn,010-12345678\n", ZHAO).changed == 1
    zhao = at(office, "zhao@example.cn")
    assert (zhao.name, zhao.form, zhao.phone) == ("赵强", "先生", "010-12345678")
    with office.ctx.store.read() as tx:
        trail = [line for one in (wang, zhao) for line in tx.views.audit(f"customer:{one.id}", "", 10).rows]
    assert {line.action for line in trail} == {"customer.changed", "customer.imported"}
    assert "138" not in str(trail) and "王芳" not in str(trail)


def test_who_is_on_the_sheet_is_addressed_so_from_the_first_letter(office: Office) -> None:
    """VIP and form of address hold for the first mail."""
    import_customers(office.ctx, SHEET.encode(), ZHAO)
    [row] = office.bring(a_mail())
    assert office.ticket(row.number).customer == at(office, "wang@example.cn")
    assert text_of(office.ctx.transport.tried[-1]).startswith("王芳女士，您好！")  # type: ignore[attr-defined]  # in memory


def test_one_wrong_line_and_nothing_is_brought_in(office: Office) -> None:
    """Every wrong line by its number, in both languages."""
    bad = "邮箱,称谓,电话,客户等级\na@b.cn,先生,,\nnobody,,,\nc@d.cn,阁下,1,金牌\na@b.cn,,,\n,女士,,\nz***@b.cn,,,\n"
    with pytest.raises(BadInput) as error:
        import_customers(office.ctx, bad.encode(), ZHAO)
    said = error.value.message
    assert all(f"第 {line} 行 (line {line})" in said for line in (3, 4, 5, 6, 7)) and "第 2 行" not in said
    assert all(word in said for word in ("nobody", "阁下", "金牌", "138 1234 5678", "no mail address"))
    with office.ctx.store.read() as tx:
        assert tx.tickets.customer_by_address("a@b.cn") is None


@pytest.mark.parametrize("data", [
    b"", b"\xff\xff\x00", "名称\n王芳\n".encode(), "邮箱,生日\na@b.cn,1\n".encode(),
    "邮箱,email\na@b.cn,a@b.cn\n".encode(),
    b"email\n" + b"x" * 200_000,
])  # fmt: skip
def test_what_is_no_such_sheet_is_told(office: Office, data: bytes) -> None:
    """No headings, another charset, unknown or doubled columns, cells without end."""
    with pytest.raises(BadInput):
        import_customers(office.ctx, data, ZHAO)


def test_a_manager_is_somebody_who_works_on_tickets(office: Office) -> None:
    """Another name keeps the sheet out, with its line."""
    with office.ctx.store.write() as tx:
        for user in (LI, User(id=9, name="aud", role=Role.AUDITOR)):
            tx.people.save(user)
    sheet = "邮箱,客户经理,偏好沟通方式\nwang@example.cn,{},电话\n"
    assert import_customers(office.ctx, sheet.format("li").encode(), ZHAO).new == 1
    assert (at(office, "wang@example.cn").manager, at(office, "wang@example.cn").prefers) == ("li", "phone")
    for name in ("aud", "nobody-such"):
        with pytest.raises(BadInput, match="第 2 行"):
            import_customers(office.ctx, sheet.format(name).encode(), ZHAO)


def test_key_dates_and_consent_are_brought_in(office: Office) -> None:
    """And given out so that the same sheet changes nothing, masked without the year; the trail says which, and no
    day."""
    sheet = '邮箱,资料订阅同意,关键日期\nwang@example.cn,2026-03-05,"生日 1988-05-20, 店庆 09-01"\n'
    assert import_customers(office.ctx, sheet.encode(), ZHAO).new == 1
    for language, words in (("zh-CN", "生日 {}05-20, 店庆 09-01"), ("en", "Birthday {}05-20, 店庆 09-01")):
        assert given(office, language)[1][-2:] == ["2026-03-05", words.format("")]
        assert given(office, language, reason="again")[1][-1] == words.format("1988-")
        data = "".join(export_customers(office.ctx, LI, language, reason="again")).encode()
        assert import_customers(office.ctx, data, ZHAO) == Brought(read=1, same=1)
    assert import_customers(office.ctx, "邮箱,关键日期\nwang@example.cn,-\n".encode(), ZHAO).changed == 1
    assert given(office)[1][-2:] == ["2026-03-05", ""]
    with office.ctx.store.read() as tx:
        line = tx.views.audit(f"customer:{at(office, 'wang@example.cn').id}", "", 10).rows[0]
    assert line.details == (("fields", "dates"),)
    for wrong in ("资料订阅同意\nwang@example.cn,昨天\n", "关键日期\nwang@example.cn,生日 13-01\n"):
        with pytest.raises(BadInput, match="第 2 行"):
            import_customers(office.ctx, f"邮箱,{wrong}".encode(), ZHAO)


def test_who_may(office: Office) -> None:
    """Agents bring no sheet in, and a reason of blanks is none."""
    with pytest.raises(NotPermitted):
        import_customers(office.ctx, SHEET.encode(), LI)
    with pytest.raises(ReasonNeeded):
        export_customers(office.ctx, LI, "zh-CN", reason="  ")


def test_it_is_given_out_masked_unless_a_reason_is_told(office: Office) -> None:
    """In the reader's language; whole contact data leave a line with the reason; no cell is a formula."""
    import_customers(office.ctx, SHEET.encode(), ZHAO)
    import_customers(office.ctx, b"email,name,phone\nx@y.cn,=1+1,+86 10 1234 5678\n", ZHAO)
    masked = given(office)
    assert masked[0][:4] == ["邮箱", "客户名称", "称谓", "电话"]
    assert masked[1][:4] == ["w***@example.cn", "王芳", "女士", "138 ****5678"]
    assert given(office, "en")[0][:2] == ["E-mail", "Name"]
    whole = given(office, reason="换系统")
    assert whole[1][0] == "wang@example.cn" and whole[3][1] == "'=1+1" and whole[3][3].startswith("'+86")
    assert len(whole) == len(masked) == 4
    with office.ctx.store.read() as tx:
        reasons = [dict(line.details).get("reason") for line in tx.views.audit("customers", "", 10).rows]
    assert sorted(reasons, key=str) == [None, None, "换系统"]
    data = "".join(export_customers(office.ctx, LI, "en", reason="again")).encode()
    assert import_customers(office.ctx, data, ZHAO) == Brought(read=3, same=3)
