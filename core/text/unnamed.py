"""Decides what in a text names somebody: for what is drawn from one customer's ticket and read about all others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TITLES = "先生|女士|小姐|太太|总|總|经理|經理|老师|老師"
_HAN = "[\u4e00-\u9fff]"
_SURNAMES = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭田董袁潘于蒋蔣蔡余杜叶葉程"
    "苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛阎段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱"
    "錢严嚴覃武戴莫孔向汤湯温溫康施文牛樊葛邢安齐齊庄莊易乔喬伍庞倪"
)
"""Of nine in ten people."""
_LOOKS = {
    "address": re.compile(r"[\w.+*-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    "number": re.compile(r"\+?\d{2,4}[ -]?\*{3,}[ -]?\d{0,4}|\*{4,}\d{2,}"),
    "order": re.compile(r"(?<![\w*])(?=[A-Za-z0-9-]{0,24}\d{5})[A-Za-z0-9][A-Za-z0-9-]{5,29}(?![\w*])"),
    "name": re.compile(
        f"[{_SURNAMES}]{_HAN}{{0,2}}?(?:先生|女士|小姐|太太)|[{_SURNAMES}]{_HAN}?(?:店长|店長|总监|總監|主任|经理|經理|老师|老師)"
        r"|\b(?:Mr|Mrs|Ms|Miss)\.? [A-Z][a-z]+"
        r"|\bDear (?!Sir|Madam|Customer|Team|All|Colleague)[A-Z][a-z]+(?: [A-Z][a-z]+)?"
        "|[\u4e00-\u9fff]{2,20}有限公司"
    ),
}
_CHINESE_NAME = re.compile(f"{_HAN}{{2,4}}")
MOST_PLACES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingWords:
    """Words that look like what names somebody: an ``address``, a ``number``, an ``order`` or a ``name``."""

    looks_like: str
    words: str


def naming_words(text: str) -> tuple[NamingWords, ...]:
    """What a person has to look at before others read it, each once."""
    found = (
        NamingWords(looks_like=kind, words=match[0])
        for kind, pattern in _LOOKS.items()
        for match in pattern.finditer(text)
    )
    return tuple(dict.fromkeys(found))[:MOST_PLACES]


def without_names(text: str, names: Iterable[str], instead: str) -> str:
    """The text in which those names stand no more, nor the surname before a title, nor a given name alone."""
    known = [name.strip() for name in names if len(name.strip()) > 1]
    every = dict.fromkeys((*map(_in_full, known), *(part for name in known for part in _in_part(name))))
    return re.sub("|".join(every), instead, text) if every else text


def _in_full(name: str) -> str:
    return re.escape(name) + f"(?:{_TITLES})?" if _CHINESE_NAME.fullmatch(name) else _whole(name)


def _in_part(name: str) -> Iterator[str]:
    """Patterns of the other ways in which somebody of that name is called."""
    if _CHINESE_NAME.fullmatch(name):
        yield f"(?<!{_HAN}){re.escape(name[0])}(?:{_TITLES})"
    for word in name.split() if name.isascii() else ():
        if len(word) > 2:
            yield rf"(?:(?:Mr|Mrs|Ms|Miss)\.? )?{_whole(word)}"


def _whole(word: str) -> str:
    """As a word of its own; in Chinese words have no ends."""
    return rf"\b{re.escape(word)}\b" if word.isascii() and word[0].isalnum() and word[-1].isalnum() else re.escape(word)
