"""The floor to compare with: a script, not a product, that fetches, classifies, stores and answers the same mails.

It reads them with the standard library's oldest and quickest parser, keeps no raw mail, encrypts nothing, knows no
rule, no calendar and no audit; it runs in a process of its own. Its clock begins at the first fetch, with all loaded.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from pathlib import Path

CHUNK = 20
Classify = Callable[[list[str]], list[int]]


def run(folder: Path, imap: tuple[str, int], login: tuple[str, str], smtp: tuple[str, int]) -> None:
    """Prints the seconds from the first fetch to the last 250."""
    from imapclient import IMAPClient

    classify, database = _classifier(), _database(folder / "plain.db")
    client = IMAPClient(*imap, ssl=False)
    client.login(*login)
    client.select_folder("INBOX")
    uids = client.search()
    begun, cpu = time.monotonic(), time.process_time()
    for at in range(0, len(uids), CHUNK):
        fetched = client.fetch(uids[at : at + CHUNK], ["BODY.PEEK[]"])
        answers = _file(database, classify, [row[b"BODY[]"] for row in fetched.values()])
        asyncio.run(_send(answers, smtp))
        client.add_flags(uids[at : at + CHUNK], [b"\\Seen"])
    print(time.monotonic() - begun, time.process_time() - cpu)
    client.logout()


def _classifier() -> Classify:
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from benchmarks.corpus import _ASKS

    jieba.setLogLevel(60)
    texts = [" ".join(jieba.cut(ask.format(n=n))) for n in range(20) for ask in _ASKS]
    model = make_pipeline(TfidfVectorizer(token_pattern=r"\S+"), LogisticRegression())
    model.fit(texts, [number % len(_ASKS) for number in range(len(texts))])
    return lambda bodies: list(model.predict([" ".join(jieba.cut(body)) for body in bodies]))


def _database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY, subject TEXT, kind TEXT, sender TEXT)")
    database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, ticket INTEGER, mid TEXT UNIQUE, body TEXT)")
    return database


def _file(database: sqlite3.Connection, classify: Classify, raws: list[bytes]) -> list[EmailMessage]:
    mails = [message_from_bytes(raw) for raw in raws]
    bodies = [_body(mail) for mail in mails]
    kinds = classify(bodies)
    answers = []
    database.execute("BEGIN IMMEDIATE")
    for mail, body, kind in zip(mails, bodies, kinds, strict=True):
        named = f"{mail['In-Reply-To'] or ''} {mail['References'] or ''}".split()
        known = [database.execute("SELECT ticket FROM message WHERE mid = ?", (mid,)).fetchone() for mid in named]
        ticket = next((row[0] for row in known if row), None)
        if ticket is None:
            values = (_words(mail["Subject"]), str(kind), _words(mail["From"]))
            ticket = database.execute("INSERT INTO ticket (subject, kind, sender) VALUES (?, ?, ?)", values).lastrowid
            answers.append(_answer(mail, ticket))
        database.execute("INSERT INTO message (ticket, mid, body) VALUES (?, ?, ?)", (ticket, mail["Message-ID"], body))
    database.execute("COMMIT")
    return answers


def _body(mail: Message) -> str:
    part = next((part for part in mail.walk() if part.get_content_type() == "text/plain"), None)
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    charset = str(part.get_content_charset("utf-8"))
    assert isinstance(data, bytes)
    return data.decode("gb18030" if charset.startswith("gb") else charset, "replace")


def _words(header: str) -> str:
    return str(make_header(decode_header(header)))


def _answer(mail: Message, ticket: int | None) -> EmailMessage:
    answer = EmailMessage()
    answer["From"], answer["To"] = "desk@example.cn", _words(mail["From"])
    answer["Subject"] = f"[#{ticket}] 已收到您的来信"
    answer["In-Reply-To"], answer["Auto-Submitted"] = str(mail["Message-ID"]), "auto-replied"
    answer.set_content(f"您好，您的来信已收到，受理编号 {ticket}。我们会尽快答复。")
    return answer


async def _send(answers: list[EmailMessage], smtp: tuple[str, int]) -> None:
    from aiosmtplib import SMTP

    async with SMTP(hostname=smtp[0], port=smtp[1], start_tls=False) as client:
        for answer in answers:
            await client.send_message(answer)


if __name__ == "__main__":
    folder, host, port, user, password, to_host, to_port = sys.argv[1:]
    run(Path(folder), (host, int(port)), (user, password), (to_host, int(to_port)))
