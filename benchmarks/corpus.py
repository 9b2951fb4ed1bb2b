"""A thousand mails that are the same every time: 900 demands and 100 replies to them, of the kinds a Chinese desk gets.

Of each ten, six are short texts (base64, 8bit, quoted-printable in UTF-8, and GB18030 labelled gb2312), two have HTML
beside the text, one an attachment of 50 to 200 KB, one is a reply: 70 with In-Reply-To and References, 20 with an
unknown In-Reply-To and the root in References, 10 with References only.
"""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator
from dataclasses import dataclass

MAILS = 1000
TICKETS, JOINED = 900, 100
_ASKS = (
    "您好，订单 {n} 已经付款三天了，请问什么时候发货？麻烦尽快回复，谢谢。",
    "你们的系统今天上午又打不开了，登录时一直提示错误 E{n}，已经影响我们部门办公，请尽快处理！",
    "请问专业版和企业版有什么区别？我们大约有 {n} 个账号，想了解一下价格和开通流程。",
    "上周收到的货有两件外包装破损，订单号 {n}，照片稍后补上，要求更换或者退款。",
    "希望后台报表能按门店导出，现在每次都要手工整理 {n} 行数据，非常麻烦，能否排进开发计划？",
    "我们公司想与贵司在华东地区合作推广，目前有 {n} 家门店，方便的话请安排商务同事联系。",
)
_MORE = "另外，之前的工单里也提过类似的情况，当时客服说会跟进，但是一直没有结果。请告知具体的负责人和处理时间。"


@dataclass(frozen=True, slots=True)
class BurstMail:
    """One mail: ``root`` is the Message-ID of the demand that it belongs to."""

    data: bytes
    message_id: str
    root: str


def make_burst(count: int = MAILS, *, run: str = "b", to: str = "desk@example.cn") -> list[BurstMail]:
    """The mails in the order of their sending; each tenth is a reply to the one before it."""
    chance = random.Random(20231001)
    return list(_mails(count, run, to, chance))


def _mails(count: int, run: str, to: str, chance: random.Random) -> Iterator[BurstMail]:
    for n in range(count):
        is_reply = n % 10 == 9
        customer = n - 1 if is_reply else n
        message_id, root = f"{n}.{run}@customers.example", f"{customer}.{run}@customers.example"
        body = _ASKS[n % len(_ASKS)].format(n=1000 + n) + (_MORE * (n % 4))
        head = [
            f"From: {_word(f'客户{customer}')} <c{customer}@customers.example>",
            f"To: <{to}>",
            f"Subject: {_word(('回复：' if is_reply else '') + body[3:15])}",
            "Date: Thu, 05 Mar 2026 10:00:00 +0800",
            f"Message-ID: <{message_id}>",
            *(_threading(n, run, root) if is_reply else ()),
            "MIME-Version: 1.0",
        ]
        lines = [*head, *_content(n, body, chance)]
        yield BurstMail(data="\r\n".join(lines).encode("latin-1"), message_id=message_id, root=root)


def _threading(n: int, run: str, root: str) -> tuple[str, ...]:
    kind = (n // 10) % 10
    if kind < 7:
        return f"In-Reply-To: <{root}>", f"References: <{root}>"
    if kind < 9:
        return f"In-Reply-To: <gone.{n}.{run}@elsewhere.example>", f"References: <{root}>"
    return (f"References: <{root}>",)


def _content(n: int, body: str, chance: random.Random) -> list[str]:
    if n % 10 in (6, 7):
        page = f"<html><body><p>{body}</p><p style='color:#888'>来自我的电脑</p></body></html>"
        return _multipart("alternative", n, [_text(body, "plain", 0), _text(page, "html", 0)])
    if n % 10 == 8:
        return _multipart("mixed", n, [_text(body, "plain", 0), _attachment(n, chance)])
    return _text(body, "plain", n % 4)


def _text(text: str, kind: str, form: int) -> list[str]:
    charset, data = ("gb2312", text.encode("gb18030")) if form == 3 else ("utf-8", text.encode())
    names = ("base64", "8bit", "quoted-printable", "8bit")
    coded = (base64.encodebytes, bytes, quopri.encodestring, bytes)[form](data)
    head = [f"Content-Type: text/{kind}; charset={charset}", f"Content-Transfer-Encoding: {names[form]}", ""]
    return [*head, *coded.decode("latin-1").splitlines(), ""]


def _attachment(n: int, chance: random.Random) -> list[str]:
    name = _word(f"截图{n}.png")
    data = b"\x89PNG\r\n\x1a\n" + chance.randbytes(chance.randrange(50_000, 200_000))
    return [
        f'Content-Type: image/png; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes(data).decode("ascii").splitlines(),
    ]


def _multipart(kind: str, n: int, parts: list[list[str]]) -> list[str]:
    fence = f"=_part_{n}"
    lines = [f'Content-Type: multipart/{kind}; boundary="{fence}"', ""]
    for part in parts:
        lines += [f"--{fence}", *part]
    return [*lines, f"--{fence}--", ""]


def _word(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="
