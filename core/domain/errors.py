"""Every error Huiying raises on purpose, as one tree.

HuiyingError
├── BadInput                the caller's data or files are wrong          exit 1
│   ├── BadConfiguration    problems with file:line:column
│   ├── BadTemplate         a letter that cannot be composed
│   ├── ReasonNeeded        a move, an extension or a return without its reason
│   ├── PartsOpen           others still owe parts of the ticket
│   ├── AnsweredMeanwhile   somebody else answered since the page was opened
│   ├── CheckNeeded         the result is not checked inside
│   ├── NamesSomebody       an article that may name somebody
│   ├── LastAdmin           nobody could manage users any more
│   └── NotFound            no such ticket, mail, letter, user
│       └── OriginalGone    removed when its retention was over
├── WrongUsage              a command or request that cannot be meant     exit 2
├── Conflict                somebody changed the same thing meanwhile     exit 3, retried first
│   └── FolderEdited        edits in the folder would be lost
├── Unavailable             could not try: network, lock, key             exit 3
│   ├── MailboxUnavailable
│   ├── TransportUnavailable
│   ├── StoreUnavailable
│   ├── PortTaken
│   └── KeyRingProblem
│       └── KeyMissing      something was sealed with a key that this ring does not hold yet
├── TokenRefused            a token endpoint said no
├── SigningFailed           a letter that should be signed could not be
├── NotPermitted            the role does not allow it
│   ├── MoveNotAllowed      the table of states does not let this role
│   └── SecondPersonNeeded  the author may not release his own letter
└── ParseFailed             no parse of a mail is possible; it is quarantined

Each class has a one-sentence docstring that is its default message, a stable ``code`` and, where
one helps, a ``hint``.
"""

from __future__ import annotations

from datetime import datetime

from core.domain.bundle import Problem


class HuiyingError(Exception):
    """Something went wrong in Huiying."""

    code = "error"
    exit_code = 1
    hint = ""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])
        if hint:
            self.hint = hint

    @property
    def message(self) -> str:
        return str(self.args[0])


class BadInput(HuiyingError):
    """The data given cannot be used."""

    code = "bad-input"


class BadConfiguration(BadInput):
    """The configuration has problems."""

    code = "bad-configuration"
    hint = "huiying check"

    def __init__(self, message: str = "", *, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        told = (f"{p.file}:{p.line}:{p.column}: {p.zh} ({p.en})" for p in problems)
        super().__init__(message or "\n".join(told), hint=hint)
        self.problems = problems


class BadTemplate(BadInput):
    """The letter cannot be composed."""

    code = "bad-template"


class EmptyAnswer(BadInput):
    """There is nothing to send, or too much."""

    code = "answer-empty"


class TooManyFiles(BadInput):
    """The files of a letter are too many or too large."""

    code = "too-many-files"


class WordingStopped(BadInput):
    """The wording of the letter has to be looked at first."""

    code = "wording"


class NoRecipient(BadInput):
    """There is no address to answer to."""

    code = "no-recipient"


class LettersOff(BadInput):
    """Letters are switched off for this mailbox."""

    code = "letters-off"


class NotFound(BadInput):
    """There is nothing by that name."""

    code = "not-found"


class OriginalGone(NotFound):
    """The original was kept long enough and removed."""

    code = "original-gone"

    def __init__(self, at: datetime) -> None:
        day = at.date().isoformat()
        super().__init__(f"原件已过保存期限，{day} 删除 (the original was kept long enough and removed on {day})")


class ReasonNeeded(BadInput):
    """Say why."""

    code = "say-why"


class PartsOpen(BadInput):
    """Other departments still owe their parts."""

    code = "parts-open"


class AnsweredMeanwhile(BadInput):
    """Somebody else has answered meanwhile."""

    code = "answered-meanwhile"

    def __init__(self, by: str, at: datetime, message_id: int) -> None:
        super().__init__()
        self.by, self.at, self.message_id = by, at, message_id


class CheckNeeded(BadInput):
    """The result has to be checked inside before it goes to the customer."""

    code = "check-needed"


class NamesSomebody(BadInput):
    """The article has words that may name somebody."""

    code = "names-somebody"


class LastAdmin(BadInput):
    """This is the last admin who may sign in; name another first."""

    code = "last-admin"


class MailTooLarge(BadInput):
    """The mail is larger than its mailbox takes."""

    code = "mail-too-large"


class WrongUsage(HuiyingError):
    """The command cannot be understood."""

    code = "wrong-usage"
    exit_code = 2


class Conflict(HuiyingError):
    """Somebody changed the same thing at the same time."""

    code = "conflict"
    exit_code = 3


class FolderEdited(Conflict):
    """The configuration folder has edits that are not published."""

    code = "folder-edited"
    hint = "huiying config diff"


class Unavailable(HuiyingError):
    """It could not be tried now."""

    code = "unavailable"
    exit_code = 3


class MailboxUnavailable(Unavailable):
    """The mailbox cannot be reached."""

    code = "mailbox-unavailable"


class TransportUnavailable(Unavailable):
    """The outgoing mail server cannot be reached."""

    code = "transport-unavailable"


class StoreUnavailable(Unavailable):
    """The database cannot be reached."""

    code = "store-unavailable"


class PortTaken(Unavailable):
    """The address of the console cannot be listened on."""

    code = "port-taken"


class KeyRingProblem(Unavailable):
    """The key ring is missing, unreadable or belongs to another database."""

    code = "key-ring"


class KeyMissing(KeyRingProblem):
    """Something was sealed with a newer data key that this key ring does not hold yet."""

    code = "key-missing"

    def __init__(self, number: int, *, hint: str = "") -> None:
        super().__init__(f"钥匙环里没有数据钥匙 {number} (data key {number} is not in the key ring)", hint=hint)
        self.number = number


class Unreadable(HuiyingError):
    """A stored value does not open: it is damaged, or its key is lost. No waiting helps it."""

    code = "unreadable"


class TokenRefused(HuiyingError):
    """The token endpoint refuses."""

    code = "token-refused"


class NotPermitted(HuiyingError):
    """Your role does not allow this."""

    code = "not-permitted"


class MoveNotAllowed(NotPermitted):
    """The table of states does not allow this move."""

    code = "move-not-allowed"


class SigningFailed(HuiyingError):
    """The letter could not be signed."""

    code = "signing-failed"


class SecondPersonNeeded(NotPermitted):
    """Somebody else than its author has to look at this letter."""

    code = "second-person"


class ParseFailed(BadInput):
    """The mail cannot be parsed."""

    code = "parse-failed"
