"""Decides which codec a declared charset label really means, and whether the label may be believed."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_GB = "gb2312 gbk cp936 xgbk gb231280 isogb2312 euccn xeuccn chinesesimplified gb18030 csgb2312 ms936 windows936 gb"
_BIG5 = "big5 cnbig5 xbig5 big5hkscs big5hk ms950 cp950 windows950 chinesebig5 chinesetraditional csbig5 xxbig5 big5tw"
_JAPANESE = "shiftjis sjis xsjis mskanji csshiftjis windows31j cp932 ms932 cswindows31j"
_KOREAN = "ksc56011987 ksc5601 euckr xeuckr korean ks c56011987 cp949 ms949 windows949 uhc cseuckr csksc56011987"
_WEAK = "usascii ascii iso88591 latin1 l1 windows1252 cp1252 ansix341968 ansi iso885915 latin9 8bit binary none default"
_UNKNOWN = "unknown8bit xunknown unknown undefined 7bit"
_SUPERSETS = {
    **dict.fromkeys(_GB.split(), "gb18030"),
    **dict.fromkeys(_BIG5.split(), "big5hkscs"),
    **dict.fromkeys(_JAPANESE.split(), "cp932"),
    **dict.fromkeys(_KOREAN.split(), "cp949"),
    "iso2022jp": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso2022jp1": "iso2022_jp_ext",
    "iso2022jpms": "iso2022_jp_ext",
    "iso2022kr": "iso2022_kr",
    "iso2022cn": "iso2022_jp_2",
    "hzgb2312": "hz",
    "hz": "hz",
    "unicode11utf8": "utf-8",
    "unicode11utf7": "utf-7",
    "utf7": "utf-7",
    "utf8": "utf-8",
    "iso88591": "cp1252",
    "latin1": "cp1252",
}
STATEFUL = frozenset(
    ["iso2022_jp_ext", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr", "hz", "utf-7"]
)
_NOT_FOR_TEXT = {"undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}


@lru_cache(maxsize=256)
def codec_of(label: str) -> tuple[str, bool]:
    """The codec to decode a declared label with (its superset) and whether the label may be believed.

    ('', False) when nothing usable was declared."""
    plain = re.sub(r"[^a-z0-9]", "", label.lower())
    if not plain or plain in _UNKNOWN.split():
        return "", False
    weak = plain in _WEAK.split()
    if plain in _SUPERSETS:
        return _SUPERSETS[plain], not weak
    if weak:
        return "cp1252", False
    return _registered(label.strip().strip("\"'_ ")), True


def _registered(label: str) -> str:
    for name in (label, label.lower().removeprefix("x-"), label.lower().replace("cp-", "cp")):
        try:
            info = codecs.lookup(name)
        except (LookupError, ValueError, UnicodeError):
            continue
        if info.name.replace("-", "_") not in _NOT_FOR_TEXT and decodes_text(info.name):
            return info.name
    return ""


def decodes_text(name: str) -> bool:
    """Whether the codec is one for text; Python's others (zlib, hex …) refuse with LookupError, but not for b''."""
    try:
        b"aaaa".decode(name)
    except LookupError:
        return False
    except (UnicodeError, ValueError):
        return True
    return True
