"""A burst of one type of demand is seen on the health strip, after days on which that was rare."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from huiying.flows.health import health
from huiying.flows.surge import find_surges, tell_surges
from responder.notice_words import notice_path
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock


def bring(office: Office, count: int, day: str, clock: FixedClock, minutes: int) -> None:
    for number in range(count):
        sender = f"{day}{number}@shop{number}.example.cn"
        office.bring(
            a_mail(
                subject="系统全部无法登录", body=f"门店{number}无法登录，请处理", sender=sender, mid=f"{day}{number}"
            )
        )
        clock.advance(minutes=minutes)


@pytest.mark.slow
def test_a_burst_is_told_with_its_count_and_passes(office: Office, clock: FixedClock) -> None:
    """Twenty in two days are usual, twenty in a few minutes are a surge; ten quiet minutes later it is over."""
    bring(office, 20, "a", clock, 144)
    with office.ctx.store.read() as tx:
        assert find_surges(tx, clock()) == ()
    bring(office, 20, "b", clock, 0)
    clock.advance(minutes=1)
    with office.ctx.store.read() as tx:
        (found,) = find_surges(tx, clock())
    assert found.count == 20 and found.usual < 0.2
    (item,) = [one for one in health(office.ctx).items if one[0] == "surge"]
    assert "20" in item[1] and "20" in item[2]
    assert (tell_surges(office.ctx), tell_surges(office.ctx)) == (1, 0)
    with office.ctx.store.read() as tx:
        (notice,) = tx.notices.unspread(50)
    assert notice.details == (("says", f"{found.type} × 20"),) and notice.ticket_id == 0
    assert notice_path(notice.subject, "") == f"/queue?type={quote(found.type)}"
    clock.advance(minutes=11)
    assert "surge" not in [one[0] for one in health(office.ctx).items]
