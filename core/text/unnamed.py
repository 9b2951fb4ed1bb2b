"""Decides what in a text names somebody: for what is drawn from one customer's ticket and read about all others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.text.simplified import to_simplified
from core.text.width import NARROW

_TITLES = "先生|女士|小姐|太太|总监|总经理|总|经理|主任|店长|老师"
_HAN = "[\u4e00-\u9fff]"
_TWO = "(?:欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|端木|独孤|南宫)"
_ONE = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹"
    "薛阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐庄易乔伍庞倪]"
)
"""Of nine in ten people."""
# All in Simplified characters of usual width: see ``_plain``.
_LOOKS = {
    "address": re.compile(
        r"[\w.+*-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
        r"|(?:微信|[Ww]e[Cc]hat)号?[:： ]{0,2}[A-Za-z][\w-]{5,19}(?![\w-])"
        f"|{_HAN}{{1,6}}(?:路|街|道|巷|弄) ?\\d{{1,5}} ?(?:号|弄)"
    ),
    "number": re.compile(
        r"\+?\d{2,4}[ -]?\*{3,}[ -]?\d{0,4}|\*{4,}\d{2,}|(?<![\w-])\(?0\d{1,3}[)-] ?\d{3,4}[ -]?\d{4}(?![\w-])"
    ),
    "order": re.compile(r"(?<![A-Za-z0-9*])(?=[A-Za-z0-9-]{0,24}\d{5})[A-Za-z0-9][A-Za-z0-9-]{5,29}(?![A-Za-z0-9*])"),
    "name": re.compile(
        f"(?:{_TWO}{_HAN}{{0,2}}?|{_ONE}{_HAN}{{0,2}}?)(?:先生|女士|小姐|太太)"
        f"|(?:{_TWO}|{_ONE}{_HAN}?)(?:店长|总监|主任|经理|老师)"
        r"|\b(?:Mr|Mrs|Ms|Miss|MR|MRS|MS|MISS)\.? [A-Z][A-Za-z'’]+"
        r"|\bDear (?!Sir|Madam|Customer|Team|All|Colleague)[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)?"
        r"|\b[A-Z][\w&-]*(?: [A-Z][\w&-]*){0,3},? (?:Inc|Ltd|LLC|GmbH)\b"
        "|[\u4e00-\u9fff]{2,20}有限公司"
    ),
}
_CHINESE_NAME = re.compile(f"{_HAN}{{2,4}}")
_PERSON = re.compile(f"(?:{_TWO}{_HAN}{{1,2}}|{_ONE}{_HAN}{{1,2}})(?!{_HAN})")
_FIRM = re.compile("(?:股份|集团)?有限(?:责任)?公司$")
MOST_PLACES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingWords:
    """Words that look like what names somebody: an ``address``, a ``number``, an ``order`` or a ``name``."""

    looks_like: str
    words: str


def naming_words(text: str) -> tuple[NamingWords, ...]:
    """What a person has to look at before others read it, each once."""
    plain = _plain(text)
    found = (
        NamingWords(looks_like=kind, words=text[match.start() : match.end()])
        for kind, pattern in _LOOKS.items()
        for match in pattern.finditer(plain)
    )
    return tuple(dict.fromkeys(found))[:MOST_PLACES]


def without_names(text: str, names: Iterable[str], instead: str) -> str:
    """The text in which those names stand no more, in whichever script, width and case, nor the surname before a title,
    nor a given name alone."""
    known = sorted(
        {_plain(name).strip() for name in names if len(name.strip()) > 1}, key=lambda name: (-len(name), name)
    )
    every = dict.fromkeys((*map(_in_full, known), *(part for name in known for part in _in_part(name))))
    if not every:
        return text
    done = 0
    parts: list[str] = []
    for match in re.finditer("|".join(every), _plain(text)):
        parts += (text[done : match.start()], instead)
        done = match.end()
    return "".join((*parts, text[done:]))


def _plain(text: str) -> str:
    """In Simplified characters of usual width: as long as the text, so that places stay the same."""
    return to_simplified(text.translate(NARROW))


def _in_full(name: str) -> str:
    return re.escape(name) + f"(?:{_TITLES})?" if _CHINESE_NAME.fullmatch(name) else f"(?i:{_whole(name)})"


def _in_part(name: str) -> Iterator[str]:
    """Patterns of the other ways in which somebody of that name is called."""
    person = _PERSON.match(name)
    if person and person[0] != name:
        # With something behind it that is no name: 张伟 (采购部).
        yield _in_full(person[0])
    if person or _CHINESE_NAME.fullmatch(name):
        surname = re.match(_TWO, name)
        yield f"(?<!{_HAN}){surname[0] if surname else name[0]}(?:{_TITLES})"
    firm = _FIRM.sub("", name)
    if firm != name and len(firm) > 3:
        yield re.escape(firm)
    for word in name.split() if name.isascii() else ():
        if len(word) > 2:
            yield rf"(?:(?:Mr|Mrs|Ms|Miss|MR|MRS|MS|MISS)\.? )?{_whole(word)}"
            yield _whole(word.upper())


def _whole(word: str) -> str:
    """As a word of its own; in Chinese words have no ends."""
    begin = "(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    end = "(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{begin}{re.escape(word)}{end}"
