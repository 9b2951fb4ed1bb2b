"""Posts a notice to a webhook, signed as Standard Webhooks says, or through Apprise to a chat of the team."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from core.domain.errors import Unavailable
from core.domain.letter import Outcome
from core.domain.notice import ChannelKind, HookAnswer, HookMessage, NoticeChannel
from core.settings.web_address import BadAddress, web_address
from responder.transports.conversation import printable

_TRY_AGAIN = (408, 409, 425, 429)
_MOST_READ = 2_000


class HookTransport:
    """Conforms to ``huiying.flows.ports.Hooks``. It follows no redirect: a notice goes where the file says."""

    def __init__(
        self,
        environ: Mapping[str, str],
        home: Path,
        *,
        timeout: float = 10.0,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._environ = environ
        self._home = home
        self._timeout = timeout
        self._tls = tls

    def send(self, channel: NoticeChannel, message: HookMessage) -> HookAnswer:
        """What became of it. Raises ``Unavailable`` when the address or the key is not there."""
        url = self._url(channel)
        if channel.kind is ChannelKind.APPRISE:
            return _by_apprise(url, message)
        return self._post(url, self._headers(channel, message), message.body.encode())

    def _url(self, channel: NoticeChannel) -> str:
        if channel.url_env:
            return self._from_environment(channel.url_env)
        if not channel.url_file:
            return channel.url
        path = self._home / Path(channel.url_file).expanduser()
        try:
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"读不到 {path} (cannot read the file)") from error

    def _from_environment(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value:
            raise Unavailable(f"环境变量 {name} 没有设置 (the environment variable {name} is not set)")
        return value

    def _headers(self, channel: NoticeChannel, message: HookMessage) -> dict[str, str]:
        stamp = str(int(message.at.timestamp()))
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "huiying", "webhook-id": message.id}
        headers["webhook-timestamp"] = stamp
        if channel.secret_env:
            secret = self._from_environment(channel.secret_env)
            try:
                headers["webhook-signature"] = sign_hook(secret, message.id, stamp, message.body)
            except ValueError:
                name = channel.secret_env
                raise Unavailable(f"环境变量 {name} 里 whsec_ 后面不是 base64 (no base64 after whsec_)") from None
        return headers

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        try:
            address = web_address(url)
        except BadAddress as bad:
            return HookAnswer(outcome=Outcome.REFUSED, text=f"{bad.zh} ({bad.en})")
        connection = self._connection(address.scheme, address.host, address.port)
        try:
            connection.request("POST", address.target, body, dict(headers))
            answer = connection.getresponse()
            words = answer.read(_MOST_READ).decode("utf-8", "replace")
        except ssl.SSLError as error:
            return HookAnswer(outcome=Outcome.DEFERRED, text=printable(str(error)))
        except (OSError, http.client.HTTPException) as error:
            return HookAnswer(outcome=Outcome.DEFERRED, text=printable(str(error) or type(error).__name__))
        finally:
            connection.close()
        return _judged(answer.status, printable(f"{answer.status} {answer.reason} {words}"))

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._tls())


def sign_hook(secret: str, id_: str, stamp: str, body: str) -> str:
    """``webhook-signature`` of Standard Webhooks; a secret written ``whsec_…`` is base64."""
    given = secret.removeprefix("whsec_")
    key = base64.b64decode(given) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.digest(key, f"{id_}.{stamp}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _judged(status: int, words: str) -> HookAnswer:
    if 200 <= status < 300:
        outcome = Outcome.SENT
    elif status >= 500 or status in _TRY_AGAIN:
        outcome = Outcome.DEFERRED
    else:
        outcome = Outcome.REFUSED
    return HookAnswer(outcome=outcome, code=status, text=words)


def _by_apprise(url: str, message: HookMessage) -> HookAnswer:
    try:
        import apprise  # an extra: pip install 'huiying[notify]'
    except ImportError:
        raise Unavailable("没有安装 apprise (apprise is not installed)", hint="pip install 'huiying[notify]'") from None
    sender = apprise.Apprise()
    if not sender.add(url):
        return HookAnswer(outcome=Outcome.REFUSED, text="apprise 不认识这个地址 (apprise does not know this address)")
    if sender.notify(title=message.title, body=message.text):
        return HookAnswer(outcome=Outcome.SENT, code=200, text="apprise")
    return HookAnswer(outcome=Outcome.DEFERRED, text="apprise 未能送达 (apprise could not deliver)")
