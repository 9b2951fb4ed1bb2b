"""Decides which part of a mail's text the writer wrote now: without quotes and signatures, never losing his words."""

from __future__ import annotations

from ingest.reply_lines import (
    has_date,
    header_kind,
    is_forward_mark,
    is_mobile_signature,
    is_quoted,
    is_rule,
    is_separator,
    is_wrote_line,
)
from ingest.signature import without_disclaimer, without_unmarked

_MOST_LINES = 4_000
_BLOCK_LINES = 8
_SIGNATURE_LINES = 12
_SHORT_LINE = 80


def own_words(text: str, *, forwarded: bool = False) -> str:
    """The writer's own words. Where nothing of his own is left, all of the text: a quote too much loses nothing.

    In a ``forwarded`` mail the quoted one is the message, so only signatures are cut. One pass over the lines.
    """
    lines = text.split("\n")
    kept = lines[:_MOST_LINES]
    if not forwarded:
        kept = _without_quotes(kept)
    elif len(lines) > _MOST_LINES:
        return text.strip("\n")
    own = without_unmarked(_without_signature(without_disclaimer(kept)))
    result = "\n".join(own).strip("\n").rstrip()
    return result if result.strip() else text.strip("\n").rstrip()


def _without_quotes(lines: list[str]) -> list[str]:
    out: list[str] = []
    at, end = 0, len(lines)
    while at < end:
        line = lines[at]
        if is_separator(line) or is_forward_mark(line) or is_header_block(lines, at):
            return _without_rule(out)
        if is_wrote_line(line) and _drop_attribution(out, line):
            after = _quote_end(lines, at + 1)
            if after == at + 1:
                return out
            at = after
            continue
        if is_quoted(line):
            after = _quote_end(lines, at)
            if not _is_whole_quote(lines, at, after):
                out += lines[at:after]
            at = after
            continue
        out.append(line)
        at += 1
    return out


def _is_whole_quote(lines: list[str], at: int, after: int) -> bool:
    """Two quoted lines, or one that ends the text, are a quote; a lone ``> 5`` within it is not."""
    quoted = sum(1 for line in lines[at:after] if is_quoted(line))
    return quoted >= 2 or not any(line.strip() for line in lines[after:])


def _quote_end(lines: list[str], at: int) -> int:
    """The index behind the quoted lines from ``at`` on (with blank lines between them); ``at`` if there are none."""
    end = at
    for index in range(at, len(lines)):
        if is_quoted(lines[index]):
            end = index + 1
        elif lines[index].strip():
            break
    return end


def is_header_block(lines: list[str], at: int) -> bool:
    """The headers of a quoted mail: From first, then at least the date or the subject, three in all.

    Sender and receiver alone are no mail: 发件人 and 收件人 also stand on parcels.
    """
    if header_kind(lines[at]) != "from":
        return False
    kinds = {"from"}
    strange = 0
    for line in lines[at + 1 : at + _BLOCK_LINES]:
        kind = header_kind(line)
        if kind:
            kinds.add(kind)
        elif line.strip():
            # One strange line may be a header's continuation.
            strange += 1
            if strange > 1:
                break
    if not kinds & {"date", "subject"}:
        return False
    return len(kinds) >= 3 or _has_rule_before(lines, at)


def _has_rule_before(lines: list[str], at: int) -> bool:
    before = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return is_rule(before)


def _without_rule(out: list[str]) -> list[str]:
    """A rule above a quoted header belongs to the quote."""
    while out and (not out[-1].strip() or is_rule(out[-1])):
        out.pop()
    return out


def _drop_attribution(out: list[str], line: str) -> bool:
    """Whether ``line`` ends an attribution with a date, perhaps begun up to two lines above; those are dropped.

    ``老师在信里写道：`` has no date and stays.
    """
    if has_date(line) and _begins_attribution(line):
        return True
    joined = line
    for back in (1, 2):
        if len(out) < back or not out[-back].strip():
            break
        joined = f"{out[-back]} {joined}"
        if has_date(joined) and _begins_attribution(out[-back]):
            del out[-back:]
            return True
    return has_date(line) and ("@" in line or "<" in line)


def _begins_attribution(line: str) -> bool:
    start = line.lstrip("> \t*\"'“")
    openers = ("在", "于", "於", "On ", "At ", "Le ", "Am ", "El ", "Il ", "Em ", "Op ", "W dniu", "Dnia", "Den ")
    return start.startswith(openers) or ("<" in line and "@" in line) or "mailto:" in line


def _without_signature(lines: list[str]) -> list[str]:
    out = list(lines)
    for index, line in enumerate(lines):
        if line in ("-- ", "--", "—") and _is_signature(lines[index + 1 :], exact=line == "-- "):
            out = out[:index]
            break
    while out and (not out[-1].strip() or is_mobile_signature(out[-1])):
        out.pop()
    return out


def _is_signature(rest: list[str], *, exact: bool) -> bool:
    """What follows ``-- `` (RFC 3676, section 4.3) is a signature when it is short; without the space, very short."""
    spoken = [line for line in rest if line.strip()]
    if exact:
        return len(spoken) <= _SIGNATURE_LINES
    return 0 < len(spoken) <= 6 and all(len(line) <= _SHORT_LINE for line in spoken)
