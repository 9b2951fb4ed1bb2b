"""Reads ``mailboxes.yaml``: which mailboxes are polled and how letters leave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from core.domain.bundle import Problem
from core.domain.ledger import AfterFiling
from core.domain.letter import LettersMode
from core.domain.settings import SPAM_HEADERS, DkimSettings, MailboxSettings, ServerSettings
from core.settings.mail_server import LOGIN, Common, read_common, read_server, variable
from core.settings.nodes import ListNode, MapNode, Node
from core.settings.oauth import read_oauth
from core.settings.providers import PROVIDERS, delivers_tags
from core.settings.reader import Reader

_REQUIRED = ("name", "address")
_SERVERS = ("imap", "smtp")
_OPTIONAL = (
    "provider", "oauth", *LOGIN, "folder", "folders", "sent_folder", "start", "after", "move_to", "letters", "display",
    "aliases", "largest_mb",
    "smtp_also", "dkim", "trusted_authserv", "spam_headers", "plus_address",
)  # fmt: skip
KEYS = (*_REQUIRED, *_SERVERS, *_OPTIONAL)
"""Everything that can be said of a mailbox."""
LARGEST_MB = (1, 200)
"""What a mailbox may set: a mail is in memory as a whole."""
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_PART = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(rf"{_PART}(?:\.{_PART})*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_NAME = re.compile(r"[\w.-]{1,40}")
_AUTHSERV = re.compile(r"-|[A-Za-z0-9][A-Za-z0-9._:-]{0,119}")


def read_mailboxes(content: str | bytes, file: str) -> tuple[tuple[MailboxSettings, ...], tuple[Problem, ...]]:
    """All mailboxes that could be read, and everything that is wrong; an empty file or list has none."""
    reader = Reader(file)
    root = reader.document(content)
    if root is None:
        return (), tuple(reader.problems)
    boxes: list[MailboxSettings] = []
    for node in reader.items(root, ("邮箱清单", "the list of mailboxes")):
        box = _mailbox(reader, node)
        if box is not None:
            _check_unique(reader, node, box, boxes)
            boxes.append(box)
    return tuple(boxes), tuple(reader.problems)


def _mailbox(reader: Reader, node: Node) -> MailboxSettings | None:
    # A provider knows both servers; without one they are written.
    preset = isinstance(node, MapNode) and node.get("provider") is not None
    required, optional = (_REQUIRED, (*_SERVERS, *_OPTIONAL)) if preset else ((*_REQUIRED, *_SERVERS), _OPTIONAL)
    entries = reader.mapping(node, ("邮箱", "the mailbox"), required=required, optional=optional)
    if entries is None:
        return None
    before = len(reader.problems)
    name = _matching(reader, entries.get("name"), "name", _NAME, ("字母、数字、- 和 _", "letters, digits, - and _"))
    address = _address(reader, entries.get("address"), "address")
    common = read_common(reader, entries, name or "", address or "")
    oauth = read_oauth(reader, entries["oauth"], common.provider) if "oauth" in entries else None
    imap = read_server(reader, node, entries.get("imap"), "imap", common)
    smtp = read_server(reader, node, entries.get("smtp"), "smtp", common)
    dkim = _keys(reader, entries["dkim"], address or "") if "dkim" in entries else ()
    also = _also(reader, entries.get("smtp_also"))
    options = _options(reader, entries)
    if len(reader.problems) > before or not (name and address and imap and smtp):
        return None
    options.setdefault("plus_address", delivers_tags(str(options.get("provider", "")), imap.host))
    return MailboxSettings(
        name=name,
        address=address,
        imap=imap,
        smtp=smtp,
        oauth=oauth,
        smtp_also=also,
        dkim=dkim,
        **options,  # type: ignore[arg-type]  # checked one by one in _options
    )


def _keys(reader: Reader, node: Node, address: str) -> tuple[DkimSettings, ...]:
    """One key, or a list of them: each signs, and each has a DNS name of its own."""
    nodes = node.items if isinstance(node, ListNode) else (node,)
    found: dict[tuple[str, str], DkimSettings] = {}
    for each in nodes:
        key = _dkim(reader, each, address)
        if key is None:
            continue
        name = (key.selector.lower(), key.domain.lower())
        if name in found:
            reader.problem(
                each,
                f"selector {key.selector} 写了两次",
                f"selector {key.selector!r} stands there twice",
                "每个私钥用自己的 selector",
                "give each key a selector of its own",
            )
        found[name] = key
    return tuple(found.values())


def _dkim(reader: Reader, node: Node, address: str) -> DkimSettings | None:
    """The signing domain is that of the address unless another is written."""
    what = ("dkim", "dkim")
    entries = reader.mapping(node, what, required=("selector",), optional=("domain", "key_env", "key_file"))
    if entries is None:
        return None
    if len({"key_env", "key_file"} & entries.keys()) != 1:
        reader.problem(
            node,
            "dkim 要写 key_file 或 key_env，只写一个",
            "dkim needs one of key_file and key_env",
            "加上 key_file: dkim.pem",
            "add key_file: dkim.pem",
        )
    domain_of = ("域名，如 example.com", "a domain such as example.com")
    selector = _matching(
        reader, entries.get("selector"), "selector", _LABEL, ("字母、数字和 -", "letters, digits and -")
    )
    domain = _matching(reader, entries.get("domain"), "domain", _DOMAIN, domain_of)
    key_env = variable(reader, entries["key_env"], "key_env") if "key_env" in entries else ""
    key_file = reader.text(entries["key_file"], ("key_file", "key_file")) if "key_file" in entries else ""
    if selector is None or key_env is None or key_file is None:
        return None
    source = entries.get("key_file") or entries.get("key_env") or node
    return DkimSettings(
        selector=selector,
        domain=domain or address.rpartition("@")[2].lower(),
        key_env=key_env,
        key_file=key_file,
        place=(source.line, source.column),
    )


def _also(reader: Reader, node: Node | None) -> tuple[ServerSettings, ...]:
    """Further outgoing accounts, each complete by itself."""
    nodes = reader.items(node, ("smtp_also", "smtp_also")) if node is not None else ()
    found = (read_server(reader, each, each, "smtp", Common()) for each in nodes)
    return tuple(server for server in found if server is not None)


def _options(reader: Reader, entries: Mapping[str, Node]) -> dict[str, object]:
    found: dict[str, object] = {}
    if "provider" in entries:
        found["provider"] = getattr(entries["provider"], "text", "").strip().casefold()
    for name in ("folder", "move_to", "display", "sent_folder"):
        if name in entries:
            found[name] = reader.text(entries[name], (name, name))
    _folders(reader, entries, found)
    if "start" in entries:
        found["start"] = reader.parsed(
            entries["start"], ("start", "start"), _start, ("now、all 或日期", "now, all or a date such as 2026-01-31")
        )
    if "after" in entries:
        found["after"] = reader.one_of(entries["after"], ("after", "after"), {str(a): a for a in AfterFiling})
    if "letters" in entries:
        found["letters"] = reader.one_of(entries["letters"], ("letters", "letters"), {str(m): m for m in LettersMode})
    if "largest_mb" in entries:
        low, high = LARGEST_MB
        found["largest_mb"] = reader.integer(entries["largest_mb"], ("largest_mb", "largest_mb"), low=low, high=high)
    if "aliases" in entries:
        nodes = reader.items(entries["aliases"], ("aliases", "aliases"))
        found["aliases"] = tuple(a for a in (_address(reader, node, "aliases") for node in nodes) if a is not None)
    if "plus_address" in entries:
        found["plus_address"] = bool(reader.flag(entries["plus_address"], ("plus_address", "plus_address")))
    _read_trust(reader, entries, found)
    if found.get("after") is AfterFiling.MOVE and "move_to" not in entries:
        reader.problem(
            entries["after"],
            "after: move 要同时写 move_to",
            "after: move needs move_to",
            "例如 move_to: 已处理",
            "for example move_to: Done",
        )
    return found


def _read_trust(reader: Reader, entries: Mapping[str, Node], found: dict[str, object]) -> None:
    """Whose word is believed: what is written, else what is known of the provider."""
    provider = PROVIDERS.get(str(found.get("provider", "")))
    if "trusted_authserv" in entries:
        nodes = reader.items(entries["trusted_authserv"], ("trusted_authserv", "trusted_authserv"))
        names = (
            _matching(reader, node, "trusted_authserv", _AUTHSERV, ("服务器名，如 mx.example.com", "a server's name"))
            for node in nodes
        )
        found["trusted_authserv"] = tuple(name.lower() for name in names if name is not None)
    elif provider:
        found["trusted_authserv"] = provider.authserv
    if "spam_headers" in entries:
        nodes = reader.items(entries["spam_headers"], ("spam_headers", "spam_headers"))
        known = {name: name for name in SPAM_HEADERS}
        headers = (reader.one_of(node, ("spam_headers", "spam_headers"), known) for node in nodes)
        found["spam_headers"] = tuple(header for header in headers if header is not None)
    elif provider and provider.spam_headers is not None:
        found["spam_headers"] = provider.spam_headers


def _folders(reader: Reader, entries: Mapping[str, Node], found: dict[str, object]) -> None:
    """The first one stands for ``folder``; a folder is read once."""
    if "folders" not in entries:
        return
    names = reader.texts(entries["folders"], ("folders", "folders"))
    if "folder" in entries:
        reader.problem(entries["folder"], "folder 和 folders 只能写一个", "write one of folder and folders only")
    if len(set(names)) < len(names):
        reader.problem(entries["folders"], "folders 里有重复的文件夹", "folders names a folder twice")
    if names:
        found["folder"], found["folders"] = names[0], names


def _start(word: str) -> str | date:
    return word if word in ("now", "all") else date.fromisoformat(word)


def _address(reader: Reader, node: Node | None, name: str) -> str | None:
    return _matching(
        reader, node, name, _ADDRESS, ("邮件地址，如 service@example.com", "an address such as service@example.com")
    )


def _matching(
    reader: Reader, node: Node | None, name: str, pattern: re.Pattern[str], expected: tuple[str, str]
) -> str | None:
    def parse(word: str) -> str:
        if not pattern.fullmatch(word):
            raise ValueError
        return word

    return reader.parsed(node, (name, name), parse, expected) if node is not None else None


def _check_unique(reader: Reader, node: Node, box: MailboxSettings, others: list[MailboxSettings]) -> None:
    if any(other.name == box.name for other in others):
        reader.problem(node, f"邮箱名 {box.name!r} 重复", f"the mailbox name {box.name!r} is repeated")
    if any(other.address.lower() == box.address.lower() for other in others):
        reader.problem(node, f"地址 {box.address!r} 重复", f"the address {box.address!r} is repeated")
