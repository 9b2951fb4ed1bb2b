"""Decides which words of Taiwan and Hong Kong count as the same word on the mainland (written in Simplified)."""

from __future__ import annotations

import re

REGIONAL_WORDS: tuple[tuple[str, str], ...] = (
    ("软体", "软件"),
    ("韧体", "固件"),
    ("硬体", "硬件"),
    ("硬碟", "硬盘"),
    ("随身碟", "u盘"),
    ("萤幕", "屏幕"),
    ("滑鼠", "鼠标"),
    ("印表机", "打印机"),
    ("列印", "打印"),
    ("伺服器", "服务器"),
    ("网路", "网络"),
    ("程式", "程序"),
    ("资料库", "数据库"),
    ("资料夹", "文件夹"),
    ("使用者", "用户"),
    ("帐号", "账号"),
    ("帐户", "账户"),
    ("帐单", "账单"),
    ("登入", "登录"),
    ("登出", "退出"),
    ("当机", "死机"),
    ("搜寻", "搜索"),
    ("选单", "菜单"),
    ("设定", "设置"),
    ("预设", "默认"),
    ("支援", "支持"),
    ("介面", "界面"),
    ("讯息", "消息"),
    ("资讯", "信息"),
    ("简讯", "短信"),
    ("视讯", "视频"),
    ("回覆", "回复"),
    ("答覆", "答复"),
    ("品质", "质量"),
    ("客制化", "定制"),
    ("客制", "定制"),
    ("专案", "项目"),
    ("行动电话", "手机"),
    ("智慧型手机", "智能手机"),
    ("智慧手机", "智能手机"),
    ("部落格", "博客"),
    ("计程车", "出租车"),
    ("宅配", "快递"),
    ("刷退", "退款"),
    ("着名", "著名"),
    ("着作", "著作"),
    ("显着", "显著"),
)
"""Pairs applied after the characters are Simplified, to customers' texts and to rules' words alike: so a rule that
says 登录 finds 登入, and one that says 登入 finds 登录. No right side contains a left side."""

_OTHERWISE = {"品质": "量", "当机": "器立", "网路": "由"}
"""Before these characters it is no such word, but the end of one and the beginning of another: 产品|质量, 当|机器."""
_REPLACEMENTS = dict(REGIONAL_WORDS)
_PATTERN = re.compile(
    "|".join(
        re.escape(word) + (f"(?![{_OTHERWISE[word]}])" if word in _OTHERWISE else "")
        for word in sorted(_REPLACEMENTS, key=len, reverse=True)
    )
)


def to_mainland(text: str) -> str:
    """The text with each regional word replaced."""
    return _PATTERN.sub(lambda match: _REPLACEMENTS[match[0]], text)


def regional_matches(text: str) -> list[tuple[int, int, str]]:
    """Start, end and replacement of each regional word, in order, without overlap."""
    return [(match.start(), match.end(), _REPLACEMENTS[match[0]]) for match in _PATTERN.finditer(text)]
