"""Decides which mail domains belong to a company: at the others everybody can have an address."""

from __future__ import annotations

from core.domain.mail import Address

_FREE = frozenset(
    """
    qq.com vip.qq.com foxmail.com 163.com vip.163.com 126.com vip.126.com yeah.net 188.com vip.188.com
    netease.com sina.com sina.cn vip.sina.com 2008.sina.com sohu.com vip.sohu.com sogou.com 139.com wo.cn
    189.cn 21cn.com tom.com 263.net aliyun.com outlook.com outlook.jp hotmail.com hotmail.co.uk live.com
    live.cn live.hk msn.com msn.cn gmail.com googlemail.com yahoo.com yahoo.cn yahoo.com.cn yahoo.com.tw
    yahoo.com.hk yahoo.co.jp yahoo.co.uk yahoo.de yahoo.fr ymail.com rocketmail.com aol.com icloud.com me.com
    mac.com proton.me protonmail.com pm.me gmx.com gmx.de gmx.net web.de mail.com mail.ru yandex.ru yandex.com
    bk.ru inbox.ru list.ru tutanota.com tuta.com tuta.io zoho.com fastmail.com fastmail.fm hey.com naver.com
    hanmail.net daum.net nate.com kakao.com hinet.net seed.net.tw pchome.com.tw kimo.com kimo.com.tw
    ms1.hinet.net netvigator.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp t-online.de freenet.de orange.fr
    wanadoo.fr free.fr laposte.net libero.it virgilio.it tiscali.it terra.com.br uol.com.br bol.com.br
    comcast.net verizon.net att.net sbcglobal.net cox.net btinternet.com sky.com rediffmail.com gmail.cn
    eyou.com chinaren.com 51.com email.cn mail.china.com
    """.split()
)


# Under a country's two letters these second labels are sold below, as is com.cn; cn has its provinces, too.
_SOLD_BELOW = frozenset(
    "ac ad asso co com ed edu firm gen go gob gov gr gv idv ind k12 lg ltd me mil ne net nom or org plc sch".split()
)
_PROVINCES = frozenset(
    """
    ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj
    """.split()
)
_SHARED = frozenset(
    "onmicrosoft.com myshopify.com github.io vercel.app netlify.app example.com example.net example.org".split()
)
"""Below these each name is another one's; the last three are for documentation (RFC 2606)."""


def company_domain(address: Address) -> str:
    """The domain of an address as a company's, departments and branches put together (``mail.acme.com.cn`` is
    ``acme.com.cn``); '' for a free-mail domain or none."""
    return company_of(address.domain)


def company_of(domain: str) -> str:
    """As ``company_domain``, of a bare domain."""
    labels = domain.split(".")
    if len(labels) < 2 or domain in _FREE:
        return ""
    top, second = labels[-1], labels[-2]
    wide = len(top) == 2 and (second in _SOLD_BELOW or (top == "cn" and second in _PROVINCES))
    many = 3 if wide or ".".join(labels[-2:]) in _SHARED else 2
    company = ".".join(labels[-many:])
    return "" if company in _FREE else company
