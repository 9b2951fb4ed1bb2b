"""Reads ``oauth`` of a mailbox: the registered application, and the provider's addresses where no preset knows them."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.settings import OAuthFlow, OAuthSettings
from core.settings.mail_server import variable
from core.settings.nodes import Node
from core.settings.providers import Provider
from core.settings.reader import Reader
from core.settings.web_address import web_address

_OPTIONAL = (
    "flow", "client_secret_env", "client_secret_file", "secret_until", "tenant", "token_url", "device_url", "scope",
)  # fmt: skip
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read_oauth(reader: Reader, node: Node, provider: Provider | None) -> OAuthSettings | None:
    """The settings, or None with the problems noted."""
    entries = reader.mapping(node, ("oauth", "oauth"), required=("client_id",), optional=_OPTIONAL)
    if entries is None or "client_id" not in entries:
        return None
    before = len(reader.problems)
    flow = OAuthFlow.DEVICE
    if "flow" in entries:
        flow = reader.one_of(entries["flow"], ("flow", "flow"), {str(f): f for f in OAuthFlow}) or flow
    texts = {name: reader.text(entries[name], (name, name)) for name in ("client_id", "tenant") if name in entries}
    urls = _urls(reader, entries, provider, texts.get("tenant") or "")
    until = reader.day(entries["secret_until"], ("secret_until", "secret_until")) if "secret_until" in entries else None
    secret_env, secret_file = _secret(reader, node, entries, flow)
    _check_urls(reader, node, urls)
    if len(reader.problems) > before:
        return None
    return OAuthSettings(
        client_id=texts["client_id"] or "",
        token_url=urls["token_url"],
        device_url=urls["device_url"],
        scope=_scope(reader, entries, provider, flow),
        flow=flow,
        secret_env=secret_env,
        secret_file=secret_file,
        secret_until=until,
    )


def _urls(reader: Reader, entries: Mapping[str, Node], provider: Provider | None, tenant: str) -> dict[str, str]:
    urls: dict[str, str] = {}
    for name in ("token_url", "device_url"):
        preset = getattr(provider, name) if provider else ""
        urls[name] = preset.replace("{tenant}", tenant or (provider.tenant if provider else ""))
        if name in entries:
            expected = ("https:// 开头的网址", "an address that begins with https://")
            urls[name] = reader.parsed(entries[name], (name, name), _https, expected) or ""
    return urls


def _check_urls(reader: Reader, node: Node, urls: Mapping[str, str]) -> None:
    if not urls["token_url"]:
        reader.problem(
            node,
            "oauth 缺少 token_url",
            "'oauth' lacks 'token_url'",
            "写 provider: microsoft-365 等预设，或 token_url: https://…",
            "name a provider such as microsoft-365, or write token_url: https://…",
        )


def _secret(reader: Reader, node: Node, entries: Mapping[str, Node], flow: OAuthFlow) -> tuple[str, str]:
    env = file = None
    if "client_secret_env" in entries:
        env = variable(reader, entries["client_secret_env"], "client_secret_env")
    if "client_secret_file" in entries:
        file = reader.text(entries["client_secret_file"], ("client_secret_file", "client_secret_file"))
    if "client_secret_env" in entries and "client_secret_file" in entries:
        reader.problem(
            entries["client_secret_env"],
            "client_secret_env 和 client_secret_file 只能写一个",
            "write one of client_secret_env and client_secret_file only",
        )
    if flow is OAuthFlow.APP and not (env or file):
        reader.problem(
            node,
            "flow: app 需要应用的密钥",
            "flow: app needs the application's secret",
            "加上 client_secret_env: 环境变量名，或 client_secret_file: 文件路径",
            "add client_secret_env: VARIABLE or client_secret_file: PATH",
        )
    return env or "", file or ""


def _scope(reader: Reader, entries: Mapping[str, Node], provider: Provider | None, flow: OAuthFlow) -> str:
    if "scope" in entries:
        return " ".join(reader.texts(entries["scope"], ("scope", "scope")))
    if provider is None:
        return ""
    return provider.app_scope if flow is OAuthFlow.APP else provider.scope


def _https(word: str) -> str:
    address = web_address(word)
    if not word.isascii() or (address.scheme != "https" and address.host not in _LOOPBACK):
        raise ValueError
    return word
