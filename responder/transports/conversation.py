"""One letter's turn on an SMTP connection: what each answer, or its absence, means for the letter (RFC 5321, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPResponse

from core.domain.letter import Outcome, OutgoingMail

_SERVICE_CLOSING = 421
_FINAL_ANSWER = 4
"""The answer to a letter's last line may take longer than others (RFC 5321, 4.5.3.2.6): so many times."""
_LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a letter, with the code and words of the answer that decided it."""

    outcome: Outcome
    code: int = 0
    text: str = ""


class NothingSent(Exception):
    """The connection is gone and the server has nothing of the letter: another connection may try at once."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Conversation:
    """Sends one letter; the bytes go out exactly as they were composed."""

    def __init__(self, client: SMTP, *, timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self.null_sender_refused = False

    async def send(self, letter: OutgoingMail, *, instead_of_null: tuple[str, bool] = ("", False)) -> Answer:
        """Raises ``NothingSent`` when the connection was lost before the letter's text went out."""
        try:
            answer, refused = await self._envelope(letter, instead_of_null)
            if answer is not None:
                return answer
            begun = await self._command(b"DATA")
        except (SMTPException, OSError, TimeoutError) as error:
            self._client.close()
            raise NothingSent(0, printable(str(error) or type(error).__name__)) from error
        if begun.code != 354:
            return await self._refused(begun)
        return await self._text(letter.data, refused)

    async def _envelope(
        self, letter: OutgoingMail, instead_of_null: tuple[str, bool]
    ) -> tuple[Answer | None, tuple[SMTPResponse, ...]]:
        """MAIL and RCPT. An answer ends the turn; else the recipients that were refused beside accepted ones."""
        answer = await self._mail_from(letter.sender, instead_of_null)
        if answer.code != 250:
            return await self._refused(answer), ()
        refused = []
        for recipient in letter.recipients:
            answer = await self._command(b"RCPT", f"TO:<{recipient}>".encode())
            if answer.code not in (250, 251):
                refused.append(answer)
        if len(refused) == len(letter.recipients):
            return await self._refused(next((a for a in refused if a.code < 500), refused[0])), ()
        return None, tuple(refused)

    async def _mail_from(self, sender: str, instead_of_null: tuple[str, bool]) -> SMTPResponse:
        other, known = instead_of_null
        if sender or not (known and other):
            answer = await self._command(b"MAIL", f"FROM:<{sender}>".encode())
            if sender or answer.code < 500 or not other:
                return answer
            self.null_sender_refused = True
        return await self._command(b"MAIL", f"FROM:<{other}>".encode())

    async def _text(self, data: bytes, refused: tuple[SMTPResponse, ...]) -> Answer:
        """From the first byte on, silence means that the server may have the letter."""
        protocol = self._client.protocol
        try:
            if protocol is None or not self._client.is_connected:
                raise NothingSent(0, "connection lost")
            protocol.write(_dotted(data))
            answer = await protocol.read_response(timeout=self._timeout * _FINAL_ANSWER)
        except (SMTPException, OSError, TimeoutError) as error:
            self._client.close()
            return Answer(outcome=Outcome.UNCERTAIN, text=printable(str(error) or type(error).__name__))
        if answer.code // 100 != 2:
            return await self._refused(answer)
        words = [_words(answer), *(f"({_words(other)})" for other in refused)]
        return Answer(outcome=Outcome.SENT, code=answer.code, text=printable(" ".join(words)))

    async def _command(self, *words: bytes) -> SMTPResponse:
        answer = await self._client.execute_command(*words, timeout=self._timeout)
        if answer.code == _SERVICE_CLOSING:
            self._client.close()
            raise NothingSent(answer.code, printable(_words(answer)))
        return answer

    async def _refused(self, answer: SMTPResponse) -> Answer:
        """The outcome of a refusal; the connection is made ready for the next letter."""
        permanent = 500 <= answer.code < 600
        if answer.code == _SERVICE_CLOSING or not 400 <= answer.code < 600:
            self._client.close()
        else:
            await self._reset()
        outcome = Outcome.REFUSED if permanent else Outcome.DEFERRED
        return Answer(outcome=outcome, code=answer.code, text=printable(_words(answer)))

    async def _reset(self) -> None:
        try:
            answer = await self._client.execute_command(b"RSET", timeout=self._timeout)
        except (SMTPException, OSError, TimeoutError):
            self._client.close()
            return
        if answer.code != 250:
            self._client.close()


def _dotted(data: bytes) -> bytes:
    """The text with its end mark; lines that begin with a dot get another (RFC 5321, 4.5.2)."""
    body = data.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _words(answer: SMTPResponse) -> str:
    return f"{answer.code} {answer.message}"


def printable(text: str) -> str:
    """A server's words as one printable line that any database takes."""
    flat = " ".join(text.encode("utf-8", "replace").decode().split())
    return "".join(char if char.isprintable() else "?" for char in flat)[:_LONGEST_ANSWER]
