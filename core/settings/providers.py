"""Knows mail providers: where their servers are, so that ``provider:`` spares host, port and tls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.settings import Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider's servers, as (host, port, encryption). ``{tenant}`` in the OAuth addresses is replaced;
    ``app_scope`` is what an application asks for that signs in as itself. ``authserv`` is the name by which it signs
    Authentication-Results, ``spam_headers`` what it marks spam by where that is known. ``plus_address``: it is known to
    deliver ``name+tag@…`` to ``name@…``; where it does not, an answer to such an address comes back."""

    imap: tuple[str, int, Tls]
    smtp: tuple[str, int, Tls]
    token_url: str = ""
    device_url: str = ""
    scope: str = ""
    app_scope: str = ""
    tenant: str = ""
    authserv: tuple[str, ...] = ()
    spam_headers: tuple[str, ...] | None = None
    plus_address: bool = False


_GLOBAL = "https://outlook.office.com"


def _usual(domain: str, *, smtp: int = 465) -> Provider:
    return Provider(imap=(f"imap.{domain}", 993, Tls.TLS), smtp=(f"smtp.{domain}", smtp, Tls.TLS))


def _microsoft(imap: str, smtp: str, login: str, resource: str, tenant: str) -> Provider:
    rights = (f"{resource}/IMAP.AccessAsUser.All", f"{resource}/SMTP.Send", "offline_access")
    return Provider(
        imap=(imap, 993, Tls.TLS),
        smtp=(smtp, 587, Tls.STARTTLS),
        token_url=f"https://{login}/{{tenant}}/oauth2/v2.0/token",
        device_url=f"https://{login}/{{tenant}}/oauth2/v2.0/devicecode",
        scope=" ".join(rights),
        app_scope=f"https://{imap}/.default",
        tenant=tenant,
        authserv=("-",),  # Exchange Online writes no name, and renames what others wrote
        spam_headers=("x-forefront-antispam-report", "x-ms-exchange-organization-scl"),
        plus_address=resource == _GLOBAL,
    )


_OFFICE, _OFFICE_CN = "outlook.office365.com", "partner.outlook.cn"

PROVIDERS: Mapping[str, Provider] = {
    "qq-exmail": _usual("exmail.qq.com"),
    "qq": _usual("qq.com"),
    "163": _usual("163.com"),
    "126": _usual("126.com"),
    "188": _usual("188.com"),
    "yeah": _usual("yeah.net"),
    "163-qiye": _usual("qiye.163.com", smtp=994),
    "aliyun-qiye": _usual("qiye.aliyun.com"),
    "aliyun": _usual("aliyun.com"),
    "microsoft-365": _microsoft(_OFFICE, "smtp.office365.com", "login.microsoftonline.com", _GLOBAL, "organizations"),
    "microsoft-365-cn": _microsoft(
        _OFFICE_CN, f"smtp.{_OFFICE_CN}", "login.partner.microsoftonline.cn", f"https://{_OFFICE_CN}", "organizations"
    ),
    "outlook": _microsoft(_OFFICE, "smtp-mail.outlook.com", "login.microsoftonline.com", _GLOBAL, "consumers"),
    "gmail": Provider(
        imap=("imap.gmail.com", 993, Tls.TLS),
        smtp=("smtp.gmail.com", 465, Tls.TLS),
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106  an address, no password
        # Google gives the right to mail to no device code: the refresh token comes by another way.
        scope="https://mail.google.com/",
        authserv=("mx.google.com",),
        spam_headers=(),  # its spam has a folder of its own
        plus_address=True,
    ),
}


def delivers_tags(provider: str, host: str) -> bool:
    """Whether mail to ``name+tag@…`` arrives there: as is known of the provider, named or told by its server; one's own
    server does, as Postfix and Dovecot have it on Debian."""
    known = PROVIDERS.get(provider) or next((one for one in PROVIDERS.values() if one.imap[0] == host.lower()), None)
    return known.plus_address if known else True
