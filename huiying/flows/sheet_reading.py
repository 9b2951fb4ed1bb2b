"""Reads a sheet that people filled in, CSV: every row as a past case, or every problem of the file with its place."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.domain.errors import BadInput
from core.domain.said import LONGEST_GIST
from core.domain.sheet import Sheet
from core.domain.ticket import FORMS_OF_ADDRESS
from core.settings.reader import nearest
from core.text.mask import mask
from huiying.flows.csv_cells import csv_text, read_cell
from huiying.flows.customer import checked_values
from huiying.flows.desk import Desk
from huiying.flows.sheet_words import INDIVIDUAL, URGENT
from huiying.flows.sheets import FORMS
from ingest.brought import is_address

IMPORTED = (Sheet.DEMANDS, Sheet.RESPONSE, Sheet.PROBLEMS)
"""The sheets that can be brought in, too."""
MOST_ROWS = 50_000
FIRST_YEAR = 2000
"""No case is older: the year was mistyped, or a spreadsheet took the cell for a number of days."""
LONGEST_NUMBER, LONGEST_NAME, LONGEST_TEXT = 60, 100, 20_000
_GIST = re.compile(r"\n?(?:【提炼】|\[Gist\] )(.*)\Z", re.DOTALL)
_PERSON = re.compile(r"(.*?)\s*[（(](先生|女士)[)）]")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?[分秒]?)?"
)
_FIVE = {
    word: (name, key)
    for words, name, key in ((URGENT, "urgency", "紧急"), (INDIVIDUAL, "type", "服务需求"))
    for word in words
}
_TOPICS = {"产品": "产品质量", "product": "产品质量", "服务": "服务质量", "service": "服务质量"}
_WORD = {"满意": True, "satisfied": True, "不满意": False, "not satisfied": False, "需改进": False, "to improve": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """One row. ``text`` are the customer's words where the sheet has them (``own_words``), else what it says of the
    case; ``fields`` are values of the taxonomy, ``customer`` what is known of him, ``cells`` all that stands there."""

    sheet: Sheet
    number: str
    received: datetime
    text: str
    own_words: bool
    gist: str = ""
    channel: str = ""
    name: str = ""
    address: str = ""
    customer: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    first_response: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None
    satisfied: bool | None = None
    cells: str = ""


def read_sheet(
    desk: Desk, sheet: Sheet, data: bytes, file: str, channels: Mapping[str, str], now: datetime
) -> tuple[PastCase, ...]:
    """``channels`` are the words for the ways by which a demand comes. Raises ``BadInput`` that names every problem as
    FILE:LINE:COLUMN; the column counts cells."""
    if sheet not in IMPORTED:
        listed = "、".join(f"{one.number} {FORMS[one].title[0]}" for one in IMPORTED)
        raise BadInput(f"{FORMS[sheet].title[0]} 只能导出；可导入：{listed} (only sheets 1, 5 and 6 are imported)")
    problems: list[str] = []
    cases: dict[str, PastCase] = {}
    for line, row in _rows(sheet, data, file):
        reader = _Row(desk=desk, where=f"{file}:{line}", columns=row[0], cells=row[1], now=now, problems=problems)
        case = _READERS[sheet](reader, channels)
        if case.number and case.number in cases:
            reader.wrong(FORMS[sheet].headings[0][0], "编号重复 (that number stands above already)")
        cases[case.number] = case
        if len(cases) > MOST_ROWS:
            raise BadInput(f"{file}: 多于 {MOST_ROWS} 行 (more than {MOST_ROWS} rows)")
    if problems:
        raise BadInput("\n".join(problems))
    return tuple(cases.values())


def _rows(sheet: Sheet, data: bytes, file: str) -> Iterator[tuple[int, tuple[Sequence[str], Sequence[str]]]]:
    """Each row with the line on which it begins."""
    reader = csv.reader(io.StringIO(csv_text(data), newline=""))
    try:
        columns = _columns(sheet, next(reader, []), file)
        begins = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, (columns, [read_cell(cell) for cell in cells])
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"{file}:{reader.line_num}:1: 不是 CSV (no CSV): {error}") from error


def _columns(sheet: Sheet, headings: Sequence[str], file: str) -> list[str]:
    """The Chinese heading of each column."""
    known = {name.casefold(): names[0] for names in FORMS[sheet].headings for name in names}
    problems, found = [], []
    for place, heading in enumerate(headings, 1):
        word = unicodedata.normalize("NFKC", heading).strip().casefold()
        column = known.get(word) or known.get(heading.strip().casefold(), "")
        if not column or column in found:
            near = nearest(word, known)
            hint = f"，是不是 {known[near]}？(did you mean {known[near]}?)" if near and not column else ""
            what = "重复的列 (a column that stands there already)" if column else "不认识的列 (no such column)"
            problems.append(f"{file}:1:{place}: {heading.strip()[:40]} {what}{hint}")
        found.append(column)
    missing = [zh for zh in (FORMS[sheet].headings[0][0], *_REQUIRED[sheet]) if zh not in found]
    problems += [f"{file}:1:1: 缺少列 {zh} (a column is missing)" for zh in missing]
    if problems:
        raise BadInput("\n".join(problems))
    return found


@dataclass(slots=True, kw_only=True)
class _Row:
    """A row's cells by the heading; what is wrong is noted and read as nothing."""

    desk: Desk
    where: str
    columns: Sequence[str]
    cells: Sequence[str]
    now: datetime
    problems: list[str]

    def wrong(self, heading: str, words: str) -> None:
        self.problems.append(f"{self.where}:{self.columns.index(heading) + 1}: {heading} {words}")

    def cell(self, heading: str, most: int = LONGEST_TEXT, *, required: bool = False) -> str:
        place = self.columns.index(heading) if heading in self.columns else len(self.cells)
        word = self.cells[place] if place < len(self.cells) else ""
        if len(word) > most:
            self.wrong(heading, f"太长 (longer than {most} characters)")
        elif required and not word:
            self.wrong(heading, "没有填 (is missing)")
        return word[:most]

    def instant(self, heading: str, *, required: bool = False) -> datetime | None:
        """In the zone of the desk's calendar."""
        word = self.cell(heading, required=required)
        if not word:
            return None
        found = _DATE.fullmatch(word)
        if found and int(found[1]) < FIRST_YEAR:
            self.wrong(heading, f"{word[:40]} 早于 {FIRST_YEAR} 年 (lies before the year {FIRST_YEAR})")
            return None
        try:
            parts = [int(part or 0) for part in found.groups()] if found else [0, 0, 0]
            at = datetime(*parts, tzinfo=self.desk.calendar.tz).astimezone(UTC)  # type: ignore[arg-type, misc]  # all int
        except (ValueError, OverflowError):
            self.wrong(heading, f"{word[:40]} 不是时间 (no time, such as 2026-03-05 10:00)")
            return None
        if at > self.now:
            self.wrong(heading, f"{word[:40]} 在将来 (lies in the future)")
        return at

    def value(self, heading: str, field_: str, words: Mapping[str, str] | None = None) -> dict[str, str]:
        """The field with the value that the cell names, nothing for an empty cell."""
        word = self.cell(heading)
        known = (words or {}).get(word.casefold(), word)
        found = self.desk.taxonomy.find(field_, known) if word else None
        if word and found is None:
            values = [value.key for value in self.desk.taxonomy.values(field_)]
            near = nearest(word, [*values, *(words or {})])
            hint = f"是不是 {near}？(did you mean {near}?)" if near else f"可以是 (possible): {'、'.join(values)}"
            self.wrong(heading, f"没有 {word[:40]}，{hint}")
        return {field_: found.key} if found else {}

    def known(self, heading: str, field_: str, word: str) -> dict[str, str]:
        """What is known of the customer, as ``set_customer`` takes it; what cannot be that is told."""
        if not word:
            return {}
        try:
            checked_values(self.desk, {field_: word})
        except BadInput as error:
            self.wrong(heading, error.message)
            return {}
        return {field_: word}

    def all(self) -> str:
        """Every cell that says something, under its heading."""
        pairs = zip(self.columns, self.cells, strict=False)
        return mask("\n".join(f"{heading}：{cell}" for heading, cell in pairs if cell))


def _demand(row: _Row, channels: Mapping[str, str]) -> PastCase:
    text = row.cell("需求具体内容(客户原话+提炼)", required=True)
    gist, way = _GIST.search(text), row.cell("提出渠道")
    channel = channels.get(way.casefold(), "")
    if way and not channel:
        row.wrong("提出渠道", f"没有渠道 {way[:40]} (no such channel): {'、'.join(dict.fromkeys(channels))}")
    whole, person = row.cell("客户名称", LONGEST_NAME), row.cell("联系人", LONGEST_NAME)
    name, form = _name(person or whole)
    known = {"form": form} if form else {}
    known |= row.known("客户名称", "company", whole if person and whole != name else "")
    known |= row.known("所属行业", "industry", row.cell("所属行业"))
    known |= row.known("客户等级", "level", row.cell("客户等级"))
    return PastCase(
        sheet=Sheet.DEMANDS, number=row.cell("需求编号", LONGEST_NUMBER, required=True),
        received=row.instant("提出时间", required=True) or row.now, text=_GIST.sub("", text), own_words=True,
        gist=mask(" ".join(gist[1].split()))[:LONGEST_GIST] if gist else "", channel=channel, name=name, customer=known,
        fields=row.value("需求类型", "type") | row.value("紧急程度", "urgency"), cells=row.all(),
    )  # fmt: skip


def _response(row: _Row, _channels: Mapping[str, str]) -> PastCase:
    word = row.cell("需求类型", required=True)
    five = _FIVE.get(word)
    fields = {five[0]: five[1]} if five else row.value("需求类型", "type")
    said = [row.cell(heading) for heading in ("处理进度/结果", "客户反馈", "备注")]
    company, name, known = _whole_customer(row)
    address, phone = _reach(row.cell("联系方式(脱敏)"))
    if address and not is_address(address):
        row.wrong("联系方式(脱敏)", f"{address[:40]} 不是邮箱 (no mail address)")
    known |= row.known("客户信息", "company", company) | row.known("联系方式(脱敏)", "phone", phone)
    return PastCase(
        sheet=Sheet.RESPONSE, number=row.cell("需求编号", LONGEST_NUMBER, required=True),
        received=row.instant("接收时间", required=True) or row.now,
        text="\n".join(part for part in said if part) or word or "–", own_words=False, name=name, address=address,
        customer=known, fields=fields | row.value("优先级", "priority"),
        first_response=row.instant("实际响应时间"), closed=row.instant("关闭时间"), satisfied=_satisfied(said[1]),
        cells=row.all(),
    )  # fmt: skip


def _problem(row: _Row, _channels: Mapping[str, str]) -> PastCase:
    name, form = _name(row.cell("客户名称", LONGEST_NAME))
    team = row.cell("责任部门/人", LONGEST_NAME).partition("/")[0].strip()
    archived, done = row.instant("归档时间"), row.instant("完成时间")
    return PastCase(
        sheet=Sheet.PROBLEMS, number=row.cell("问题编号", LONGEST_NUMBER, required=True),
        received=row.instant("反馈时间", required=True) or row.now,
        text=row.cell("问题描述", required=True), own_words=True, name=name, customer={"form": form} if form else {},
        fields=row.value("问题分类(产品/服务/其他)", "topic", _TOPICS) | ({"team": mask(team)} if team else {}),
        resolved=done, closed=archived or done, satisfied=_satisfied(row.cell("客户确认结果")), cells=row.all(),
    )  # fmt: skip


def _whole_customer(row: _Row) -> tuple[str, str, dict[str, str]]:
    """Company, name and what else stands in 客户信息, as the export writes it; else the whole is the name."""
    parts = [part.strip() for part in row.cell("客户信息", 2 * LONGEST_NAME).split(" · ")]
    level = row.desk.taxonomy.find("level", parts[-1]) if len(parts) > 1 else None
    rest = parts[:-1] if level else parts
    name, form = _name(rest[-1])
    known = ({"level": level.key} if level else {}) | ({"form": form} if form else {})
    return rest[0] if len(rest) > 1 else "", name[:LONGEST_NAME], known


def _name(person: str) -> tuple[str, str]:
    """王芳（女士）: the name and the form of address."""
    found = _PERSON.fullmatch(person)
    return (found[1], found[2]) if found and found[2] in FORMS_OF_ADDRESS else (person, "")


def _reach(cell: str) -> tuple[str, str]:
    """Address and number; what is masked says nothing."""
    whole = [word for word in re.split(r"[,;，；、]|\s+(?=\S*@)", cell) if word.strip() and "*" not in word]
    addresses = [word.strip() for word in whole if "@" in word]
    return next(iter(addresses), ""), next((word.strip() for word in whole if "@" not in word), "")


def _satisfied(cell: str) -> bool | None:
    """The customer's word, where the cell begins with one of ours."""
    return _WORD.get(re.split(r"[：:，,。;；]", cell, maxsplit=1)[0].strip().casefold())


_REQUIRED = {
    Sheet.DEMANDS: ("提出时间", "需求具体内容(客户原话+提炼)"),
    Sheet.RESPONSE: ("接收时间", "需求类型"),
    Sheet.PROBLEMS: ("反馈时间", "问题描述"),
}
_READERS = {Sheet.DEMANDS: _demand, Sheet.RESPONSE: _response, Sheet.PROBLEMS: _problem}
