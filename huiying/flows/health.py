"""Judges how the service is: each trouble with a stable code, in both languages, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from core.domain.bundle import Problem
from core.domain.calendar import BusinessCalendar
from core.domain.figures import day_number
from core.domain.views import MOST_COUNTED, HealthFacts
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.drift import COMPARED, Drift, alarms
from huiying.flows.ports import Transaction
from huiying.flows.surge import find_surges
from huiying.flows.troubles import COUNTED, mailbox_trouble
from rules.rule import Status

OK, WARN, ERROR = "ok", "warn", "error"
_RANK = {OK: 0, WARN: 1, ERROR: 2}
SLOW_S = 60.0
"""An unfiled mail or an unsent letter older than this is a warning, ten times older an error."""
SILENT_MAILBOX_S = 180.0
SILENT_S = 30.0
"""A worker that was silent so long says nothing of its machine any more."""
ENDING_S = 14 * 86400.0
"""A certificate, a refresh token or an application's secret that ends this soon is a warning."""
CALENDAR_DAYS = 60
LITTLE_DISK, NO_DISK = 1024**3, 64 * 1024**2
"""Free bytes below which is a warning and below which mail is about to stop."""

MOST_RULES = 20

NO_SECRETS: Mapping[str, timedelta] = MappingProxyType({})

Item = tuple[str, str, str, str]
"""(code, Chinese, English, level)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    level: str
    items: tuple[Item, ...]


def health(ctx: Context) -> Health:
    """Everything that is not as it should be; one item ``ok`` when nothing is."""
    with ctx.store.read() as tx:
        facts, weeks = tx.views.health(), tx.weeks.newest(COMPARED + 2)
        failing = tx.figures.failing(day_number(ctx.now().date()) - 1, MOST_RULES)
        surges = find_surges(tx, ctx.now())
        programs = [
            (one.name, (one.until - ctx.now()).total_seconds())
            for one in tx.api_tokens.all()
            if one.until is not None and one.last_used is not None
        ]
        old_rings, faults = _old_rings(tx), tx.sealed.faults()
    desk = ctx.desk()
    # A mailbox that was taken out of the configuration keeps its last state in the database.
    known = {box.name for box in desk.mailboxes}
    looked_at = {rule.id for rule in desk.book.rules if rule.status is not Status.RETIRED}
    by_token = {box.name for box in desk.mailboxes if box.oauth}
    facts = replace(
        facts,
        mailboxes=tuple(row for row in facts.mailboxes if row[0] in known),
        readers=tuple(one for one in facts.readers if one.mailbox in known),
        outgoing=tuple(one for one in facts.outgoing if one[0] in known),
        tokens=tuple(one for one in facts.tokens if one.mailbox in by_token),
        rules_failing=tuple(one for one in failing if one[0] in looked_at),
    )
    today = ctx.now().date()
    secrets = {
        box.name: box.oauth.secret_until - today for box in desk.mailboxes if box.oauth and box.oauth.secret_until
    }
    free, drifts, until = ctx.free_disk(), alarms(weeks), min(one.known_until for one in _calendars(desk))
    said = [one.item(desk.taxonomy) for one in surges]
    return judge(
        facts, known_until=until, today=today, secrets=secrets, free_disk=free, drifts=drifts, surges=said,
        programs=programs, old_rings=old_rings, faults=faults,
    )  # fmt: skip


def _calendars(desk: Desk) -> tuple[BusinessCalendar, ...]:
    """Those that some ticket is counted by."""
    return (desk.calendar, *(choice.calendar for choice in desk.choices if choice.calendar is not None))


def with_refused(report: Health, problems: Sequence[Problem]) -> Health:
    """The same report, with an edit of the configuration folder that was refused: mail goes on as before it."""
    if not problems:
        return report
    first, count = problems[0], len(problems)
    place = f"{first.file}:{first.line}:{first.column}"
    item = (
        "bad-configuration",
        f"配置文件夹里的改动没有生效，共 {count} 处问题；{place}: {first.zh}。huiying check",
        f"The edit of the configuration folder is not live, problems: {count}; {place}: {first.en}; see huiying check",
        WARN,
    )
    kept = [one for one in report.items if one[3] != OK]
    items = sorted((*kept, item), key=lambda one: -_RANK[one[3]])
    return Health(level=items[0][3], items=tuple(items))


def judge(
    facts: HealthFacts,
    *,
    known_until: date,
    today: date,
    secrets: Mapping[str, timedelta] = NO_SECRETS,
    free_disk: int | None = None,
    drifts: Sequence[Drift] = (),
    surges: Sequence[tuple[str, str]] = (),
    programs: Sequence[tuple[str, float]] = (),
    old_rings: Sequence[str] = (),
    faults: Sequence[str] = (),
) -> Health:
    """The same from counted facts, pure. ``secrets``: how long the secrets of mailboxes' applications last;
    ``free_disk``: bytes where the data lies, None where nobody knows; ``surges``: what is said
    of each, in both languages; ``programs``: seconds until the token of each that uses one ends; ``old_rings``:
    machines whose key ring is an old copy; ``faults``: the places of stored values that do not open."""
    items = [*_mailboxes(facts), *_endings(facts, secrets), *_queues(facts), *_letters(facts)]
    items += [
        *_programs(programs),
        *_rules(facts),
        *_calendar(known_until, today),
        *_disk(free_disk),
        *map(_old_ring, old_rings),
        *unreadable(faults),
    ]
    items += [(one.code, one.words("zh-CN"), one.words("en"), WARN) for one in drifts]
    items += [("surge", zh, en, WARN) for zh, en in surges]
    items.sort(key=lambda item: -_RANK[item[3]])
    level = items[0][3] if items else OK
    return Health(level=level, items=tuple(items) or (("ok", "运行正常", "All is well", OK),))


def _mailboxes(facts: HealthFacts) -> list[Item]:
    items: list[Item] = []
    for name, state, silent in facts.mailboxes:
        if state.startswith("error"):
            code = state.partition(":")[2] or "mailbox"
            trouble = mailbox_trouble(code)
            zh = f"邮箱 {name} 无法收信：{trouble.zh}。{trouble.do_zh}"
            en = f"Mailbox {name} cannot be read: {trouble.en}; {trouble.do_en}"
            items.append((code, zh, en, ERROR))
        elif silent > SILENT_MAILBOX_S:
            seconds = round(silent)
            zh = f"邮箱 {name} 已 {seconds} 秒没有动静。请看服务是否在运行；huiying doctor 试一次登录"
            en = f"Mailbox {name} silent for {seconds} s; see whether the service runs, huiying doctor tries to log in"
            items.append(("mailbox-silent", zh, en, WARN))
    return items


def _endings(facts: HealthFacts, secrets: Mapping[str, timedelta]) -> list[Item]:
    """What ends soon by itself, and what has ended."""
    ends = [(one.mailbox, "certificate", one.certificate_s) for one in facts.readers]
    ends += [(name, "certificate-out", left) for name, left in facts.outgoing]
    ends += [(one.mailbox, "token", one.refresh_s) for one in facts.tokens]
    ends += [(name, "secret", left.total_seconds()) for name, left in secrets.items()]
    items = [_ending(name, what, left) for name, what, left in ends if left is not None and left <= ENDING_S]
    told = {name for name, state, _ in facts.mailboxes if state == "error:login-needed"}
    for one in facts.tokens:
        if one.trouble and one.mailbox not in told:
            zh = f"邮箱 {one.mailbox} 需要重新登录：huiying mailbox login {one.mailbox}"
            items.append(("login-needed", zh, f"Mailbox {one.mailbox} has to sign in again: mailbox login", ERROR))
    return items


def _ending(name: str, what: str, left: float) -> Item:
    zh, en = _ENDING[what]
    if left <= 0:
        return (
            f"{what}-ended",
            f"邮箱 {name} 的{zh}已到期。{_RENEW[what][0]}",
            f"The {en} of mailbox {name} has ended; {_RENEW[what][1]}",
            ERROR,
        )
    days = round(left // 86400)
    return (
        f"{what}-ends",
        f"邮箱 {name} 的{zh}还有 {days} 天到期。{_RENEW[what][0]}",
        f"The {en} of mailbox {name} ends in {days} days; {_RENEW[what][1]}",
        WARN,
    )


_ENDING = {
    "certificate": ("服务器证书", "server's certificate"),
    "certificate-out": ("发信服务器证书", "outgoing server's certificate"),
    "token": ("登录令牌", "refresh token"),
    "secret": ("应用密钥", "application's secret"),
}
_RENEW = {
    "certificate": ("请邮箱服务商或管理员更新", "whoever runs the server renews it"),
    "certificate-out": ("请邮箱服务商或管理员更新", "whoever runs the server renews it"),
    "token": ("运行 huiying mailbox login 邮箱名", "run huiying mailbox login NAME"),
    "secret": ("请新建密钥，并改写 secret_until", "make a new one and write its last day as secret_until"),
}


def _programs(programs: Sequence[tuple[str, float]]) -> list[Item]:
    """A program that is shut out soon, or was lately: what it brings would stop without a word."""
    items: list[Item] = []
    for name, left in programs:
        days = round(left // 86400)
        if 0 < left <= ENDING_S:
            zh = f"程序 {name} 的接口令牌还有 {days} 天到期。请新建令牌换上，再删除它"
            en = f"The API token of {name} ends in {days} days; make another one, then remove it"
            items.append(("api-token-ends", zh, en, WARN))
        elif -ENDING_S < left <= 0:
            zh = f"程序 {name} 的接口令牌已到期。请新建令牌换上，或删除它"
            en = f"The API token of {name} has ended; make another one, or remove it"
            items.append(("api-token-ended", zh, en, WARN))
    return items


def _queues(facts: HealthFacts) -> list[Item]:
    items: list[Item] = []
    if facts.oldest_unfiled_s > SLOW_S:
        items.append(_counted("mail-waiting", facts.unfiled, _late(facts.oldest_unfiled_s)))
    if facts.quarantined:
        items.append(_counted("quarantine", facts.quarantined))
    if facts.shunted:
        items.append(_counted("shunt", facts.shunted, ERROR))
    return items


def _letters(facts: HealthFacts) -> list[Item]:
    items: list[Item] = []
    if facts.oldest_letter_s > SLOW_S:
        items.append(_counted("letters-waiting", facts.letters_queued, _late(facts.oldest_letter_s)))
    if facts.letters_deferred:
        items.append(_counted("letters-deferred", facts.letters_deferred, _late(facts.oldest_deferred_s)))
    items += given_up(facts)
    if facts.letters_held:
        items.append(_counted("letters-held", facts.letters_held))
    if facts.clocks_waited_s > SLOW_S:
        items.append(_counted("clocks-waiting", facts.clocks_waiting, minutes=round(facts.clocks_waited_s / 60)))
    if facts.promises_overdue:
        items.append(_counted("overdue", facts.promises_overdue))
    return items


def given_up(facts: HealthFacts) -> list[Item]:
    """What did not arrive and waits for a person, with what he can do."""
    items: list[Item] = []
    if facts.letters_failed:
        items.append(_counted("letters-failed", facts.letters_failed, ERROR))
    if facts.letters_bounced:
        items.append(_counted("letters-bounced", facts.letters_bounced))
    if facts.notices_failed:
        items.append(_counted("notices-failed", facts.notices_failed))
    return items


def _counted(code: str, count: int, level: str = WARN, **more: int) -> Item:
    said, given = COUNTED[code], {"count": _shown(count), **more}
    return (code, f"{said.zh}。{said.do_zh}".format(**given), f"{said.en}; {said.do_en}".format(**given), level)


def _late(seconds: float) -> str:
    return ERROR if seconds > 10 * SLOW_S else WARN


def _rules(facts: HealthFacts) -> list[Item]:
    """A rule that fails decides nothing; the mail went on without it."""
    return [
        (
            "rule-failed",
            f"规则 {rule} 在 {count} 封来信上出错，没有起作用。运行 huiying rules review",
            f"The rule {rule} failed on {count} mails and did not act; see huiying rules review",
            ERROR,
        )
        for rule, count in facts.rules_failing
    ]


def _calendar(known_until: date, today: date) -> list[Item]:
    if today + timedelta(days=CALENDAR_DAYS) <= known_until:
        return []
    year = known_until.year + 1
    zh = f"还没有 {year} 年的节假日安排。公布后运行 huiying calendar generate {year}"
    en = f"The calendar of {year} is missing; once announced, run huiying calendar generate {year}"
    return [("calendar", zh, en, ERROR if today > known_until else WARN)]


def _disk(free: int | None) -> list[Item]:
    if free is None or free >= LITTLE_DISK:
        return []
    zh = f"数据目录所在磁盘只剩 {free // 1024**2} MB。请腾出空间；腾出后自动继续，邮件不会丢失"
    en = f"{free // 1024**2} MB are left where the data lies; free some, then it goes on by itself and no mail is lost"
    return [("disk", zh, en, WARN if free >= NO_DISK else ERROR)]


def _old_rings(tx: Transaction) -> tuple[str, ...]:
    """Machines with a living worker that does not know the newest data key."""
    newest, known = tx.sealed.newest(), tx.workers.known_keys()
    behind = [
        one for one in tx.workers.others(0) if one.seconds_silent < SILENT_S and known.get(one.id, newest) < newest
    ]
    return tuple(sorted({one.host.partition("/")[0] for one in behind}))


def _old_ring(host: str) -> Item:
    zh = f"机器 {host} 的钥匙环是旧的，新钥匙加密的内容在那里等待。请把 keys/ring.json 从新增钥匙的机器复制过去"
    en = f"The key ring of {host} is an old copy, what the new key seals waits there; copy keys/ring.json to it"
    return "key-ring-old", zh, en, WARN


def unreadable(faults: Sequence[str]) -> list[Item]:
    """One word for all of them; what they belong to goes on without them."""
    if not faults:
        return []
    named = ", ".join(faults[:3]) + (" …" if len(faults) > 3 else "")
    zh = (
        f"存储中打不开的内容：{len(faults)} 处（{named}），其余照常。请检查磁盘；钥匙丢了就放回钥匙环，损坏的从备份恢复"
    )
    en = (
        f"Stored values that do not open: {len(faults)} ({named}), all else goes on; "
        "check the disk, put a lost key back into the ring, restore what is damaged from a backup"
    )
    return [("unreadable", zh, en, WARN)]


def _shown(count: int) -> str:
    return f"{MOST_COUNTED}+" if count >= MOST_COUNTED else str(count)
