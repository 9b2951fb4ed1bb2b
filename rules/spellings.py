"""Which words a value of a closed list may be written with: its own, and the Chinese ones that the console shows."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.channel import Channel
from core.domain.notice import Audience
from core.domain.promise import Clock
from core.settings.nodes import ListNode, Node
from core.settings.reader import Reader

CLOCKS: Mapping[str, str] = {
    **{clock.value: clock.value for clock in Clock if clock is not Clock.ACKNOWLEDGEMENT},
    "首次响应": Clock.FIRST_RESPONSE.value,
    "进度同步": Clock.NEXT_UPDATE.value,
    "解决": Clock.RESOLUTION.value,
    "催单": Clock.URGE.value,
    "二次处理": Clock.SECOND_TREATMENT.value,
    "承诺": Clock.AGENT_PROMISE.value,
    "协办": Clock.PART.value,
}
HOURS: Mapping[str, bool] = {"working": True, "outside": False, "工作时间": True, "非工作时间": False}
CHANNELS: Mapping[str, str] = {
    **{channel.value: channel.value for channel in Channel},
    "邮件": Channel.EMAIL.value,
    "客户页面": Channel.PORTAL.value,
    "在线会话": Channel.CHAT.value,
    "电话": Channel.PHONE.value,
    "上门": Channel.VISIT.value,
    "社交媒体": Channel.SOCIAL.value,
    "第三方平台": Channel.PLATFORM.value,
    "评价": Channel.REVIEW.value,
    "问卷": Channel.QUESTIONNAIRE.value,
    "访谈": Channel.INTERVIEW.value,
}
LANGUAGES: Mapping[str, str] = {
    **{tag: tag for tag in ("zh", "zh-Hans", "zh-Hant", "en", "ja", "ko", "und")},
    **dict.fromkeys(("zh-CN", "zh-SG", "简体", "简体中文"), "zh-Hans"),
    **dict.fromkeys(("zh-TW", "zh-HK", "zh-MO", "繁体", "繁体中文", "繁體", "繁體中文"), "zh-Hant"),
    **dict.fromkeys(("en-US", "en-GB", "英文", "英语"), "en"),
    **dict.fromkeys(("日文", "日语"), "ja"),
    **dict.fromkeys(("韩文", "韩语"), "ko"),
    "中文": "zh",
}
"""Languages that are told apart; the others are ``und``."""
AUDIENCES: Mapping[str, str] = {
    **{audience.value: audience.value for audience in Audience},
    "处理人": Audience.OWNER.value,
    "团队": Audience.TEAM.value,
    "主管": Audience.LEAD.value,
    "管理员": Audience.ADMIN.value,
}
ASKED: Mapping[str, str] = {
    "订单号": "order_number",
    "产品": "product",
    "序列号": "serial_number",
    "版本": "version",
    "账号": "account",
    "发生时间": "when",
    "操作步骤": "steps",
    "截图": "screenshot",
    "电话": "phone",
    "地址": "address",
    "开票信息": "invoice",
}


def read_words_among(reader: Reader, node: Node, what: str, choices: Mapping[str, str]) -> tuple[str, ...]:
    """One word of a closed list, or a list of them."""
    items = node.items if isinstance(node, ListNode) else (node,)
    found = (reader.one_of(item, (what, what), choices) for item in items)
    return tuple(dict.fromkeys(word for word in found if word is not None))
