"""Who asks, as the limits count it: an IPv4 address or an IPv6 network; and whether a proxy hides it from us."""

from __future__ import annotations

import threading
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from core.domain.filing import AuditEntry
from huiying.flows.context import Context

NETWORK_BITS = 64
"""One household or server has at least so much of IPv6: to count single addresses would count nothing."""
PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""What a proxy adds: then the request comes from elsewhere, although its line may end on this machine."""
ACTION, SUBJECT = "console.proxy", "console:proxy"


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """None for what is no address; an IPv4 address that came in IPv6's clothes is one."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def network_of(request: Request) -> str:
    """What failures and forms are counted for."""
    host = request.client.host if request.client else ""
    address = address_of(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, NETWORK_BITS), strict=False))
    return str(address) if address else host


def is_from_this_machine(request: Request) -> bool:
    """The line ends here, no proxy said that it passed the request on, and the name that was asked for is ours."""
    address = address_of(request.client.host) if request.client else None
    return bool(address and address.is_loopback) and not is_passed_on(request) and _is_asked_locally(request)


def is_passed_on(request: Request) -> bool:
    return any(name in request.headers for name in PASSED_ON)


def is_hidden(request: Request) -> bool:
    """A proxy stands between and we do not learn for whom: it says nothing, or we are not told to believe it."""
    host = request.client.host if request.client else ""
    told = request.headers.getlist("x-forwarded-for")
    if told:
        # Where the proxy is believed, the server has put one of these in its place.
        return not any(_bare(word) == host for word in ",".join(told).split(","))
    address = address_of(host)
    return is_passed_on(request) or bool(address and address.is_loopback and not _is_asked_locally(request))


def is_secure(request: Request) -> bool:
    """TLS up to us or to a proxy; whoever claims it falsely binds nobody's cookie but his own."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").strip() == "https"


def _is_asked_locally(request: Request) -> bool:
    try:
        name = urlsplit("//" + request.headers.get("host", "")).hostname or ""
    except ValueError:
        return False
    address = address_of(name)
    return name == "localhost" or bool(address and address.is_loopback)


def _bare(word: str) -> str:
    """An entry of X-Forwarded-For without its port."""
    word = word.strip()
    if word.startswith("["):
        return word[1:].partition("]")[0]
    return word.rpartition(":")[0] if word.count(":") == 1 else word


class ProxyNote:
    """What the trail says of the proxy: one line when it hides who asks, and one when it no longer does. Whom we
    believe is read when the process starts: what was hidden once stays so until the next start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: bool | None = None

    def take(self, context: Context, request: Request) -> None:
        """Costs a look-up in the trail once or twice in the life of a process."""
        hidden = is_hidden(request)
        if not (hidden or is_passed_on(request)):
            return
        with self._lock:
            if self._known or hidden is self._known:
                return
            if hidden is not _noted(context):
                _note(context, request, hidden=hidden)
            self._known = hidden


def _noted(context: Context) -> bool:
    with context.store.read() as tx:
        rows = tx.views.audit(SUBJECT, "", 1).rows
    return bool(rows) and dict(rows[0].details).get("hides") == "yes"


def _note(context: Context, request: Request, *, hidden: bool) -> None:
    proxy = request.client.host if hidden and request.client else ""
    details = (("hides", "yes" if hidden else "no"), *((("proxy", proxy),) if proxy else ()))
    entry = AuditEntry(
        id=context.ids(), at=context.now(), actor="console", action=ACTION, subject=SUBJECT, details=details
    )
    with context.store.write() as tx:
        tx.audit.add((entry,))
