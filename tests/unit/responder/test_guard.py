"""When no letter is sent, and why."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.authentication import Authentication
from core.domain.letter import LettersMode
from core.domain.mail import Address, Automatic, ParsedMail
from responder.guard import SILENCE_CODES, Caps, over_caps, silence_reason, silence_words

LI = Address(name="李明", address="li@example.cn")


def reason(**facts: Any) -> str:
    fields = {name: facts.pop(name) for name in tuple(facts) if name in ParsedMail.__slots__}
    known = {"mail": ParsedMail(**fields), "recipient": LI, "own_addresses": ("support@desk.cn", "Help@desk.cn")}
    return silence_reason(**{**known, **facts})


def test_an_ordinary_mail_is_answered() -> None:
    """Nothing speaks against it; letters in hold wait, they are not silent."""
    assert reason() == ""
    assert reason(letters=LettersMode.HOLD) == ""
    assert reason(headers=(("auto-submitted", "no"), ("return-path", "<li@example.cn>"))) == ""


@pytest.mark.parametrize(("facts", "code"), [
    ({"automatic": Automatic.OWN}, "automatic-own"),
    ({"automatic": Automatic.BOUNCE}, "automatic-bounce"),
    ({"automatic": Automatic.REPORT}, "automatic-report"),
    ({"automatic": Automatic.AUTO_REPLY, "automatic_because": "X-Loop"}, "automatic-auto-reply: X-Loop"),
    ({"automatic": Automatic.LIST}, "automatic-list"),
    ({"recipient": None}, "no-sender"),
    ({"recipient": Address(address="")}, "no-sender"),
    ({"recipient": Address(address="no at sign")}, "no-sender"),
    ({"recipient": Address(address="a b@x.cn")}, "no-sender"),
    ({"recipient": Address(address="SUPPORT@desk.cn")}, "our-own-address"),
    ({"recipient": Address(address="help+t1.k1.abc@desk.cn")}, "our-own-address"),
    ({"headers": (("return-path", "<>"),)}, "null-return-path"),
    ({"headers": (("x-auto-response-suppress", "OOF, AutoReply"),)}, "suppressed: X-Auto-Response-Suppress"),
    ({"headers": (("x-auto-response-suppress", "DR, RN"),), "old": True}, "old-mail"),
    ({"spam": True}, "spam"),
    ({"spam_because": "X-Spam-Flag"}, "spam: X-Spam-Flag"),
    ({"old": True}, "old-mail"),
    ({"letters": LettersMode.OFF}, "letters-off"),
    ({"rule": "quiet-partners"}, "rule: quiet-partners"),
    ({"reply_to_open_ticket": True}, "reply-to-open-ticket"),
    ({"copy": True}, "copy"),
    ({"same_demand_again": True}, "same-demand-again"),
    ({"sent_last_hour": 5, "sent_last_day": 5}, "cap-hour: 5/5"),
    ({"sent_last_hour": 0, "sent_last_day": 20}, "cap-day: 20/20"),
    ({"sent_last_hour": 1, "sent_last_day": 1, "caps": Caps(hour=1, day=9)}, "cap-hour: 1/1"),
])  # fmt: skip
def test_each_reason_for_silence(facts: dict[str, Any], code: str) -> None:
    """A stable code, with a detail where there is one."""
    assert reason(**facts) == code
    assert code.partition(":")[0] in SILENCE_CODES


def test_below_the_caps_letters_go_out() -> None:
    """The fifth in an hour is the last."""
    assert reason(sent_last_hour=4, sent_last_day=19) == ""
    assert over_caps(4, 19) == ""
    assert over_caps(5, 19) == "cap-hour: 5/5"


@pytest.mark.parametrize("local", [
    "noreply", "no-reply", "No_Reply", "donotreply", "do-not-reply", "mailer-daemon", "MAILER-DAEMON", "postmaster",
    "bounce", "bounces+123=x", "notification", "orders-noreply", "noreply+abc", "list-request", "owner-list",
    "auto-reply", "bounce.li",
])  # fmt: skip
def test_addresses_that_take_no_replies(local: str) -> None:
    """No letter goes where nobody reads it."""
    assert reason(recipient=Address(address=f"{local}@shop.example")) == "noreply-address"


@pytest.mark.parametrize("local", ["li", "reply", "noreen", "norepl", "postmasters", "abbey", "info", "replying"])
def test_addresses_of_people_are_answered(local: str) -> None:
    """A name that merely looks a little like it still gets its letter."""
    assert reason(recipient=Address(address=f"{local}@shop.example")) == ""


@pytest.mark.parametrize(("authentication", "said"), [
    (Authentication(server="mx.desk.cn", spf="pass", dmarc="fail"), "forged-sender: spf=pass dmarc=fail (mx.desk.cn)"),
    (Authentication(server="mx.desk.cn", dmarc="pass"), ""),
    (None, ""),
])  # fmt: skip
def test_a_forged_sender_gets_no_letter(authentication: Authentication | None, said: str) -> None:
    """Whoever the sender claims to be did not write; without a server that we trust nothing is known."""
    assert reason(authentication=authentication) == said


def test_a_machine_comes_before_everything_else() -> None:
    """Of several reasons the first in precedence is stored."""
    assert reason(automatic=Automatic.BOUNCE, old=True, spam=True, recipient=None) == "automatic-bounce"
    assert reason(old=True, letters=LettersMode.OFF, copy=True) == "old-mail"


@pytest.mark.parametrize("code", SILENCE_CODES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_code_has_words_in_both_languages(code: str, language: str) -> None:
    """An agent reads why, with the detail behind it."""
    words = silence_words(f"{code}: 3/5", language)
    assert f"{code}:" not in words
    assert "3/5" in words
    assert words.isascii() is (language == "en")
    assert silence_words(code, language) in words


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    """Older rows never vanish from the page."""
    assert silence_words("something-else: x") == "something-else: x"
    assert silence_words("automatic-unheard-of") == "automatic-unheard-of"
