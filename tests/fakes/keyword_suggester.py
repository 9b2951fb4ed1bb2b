"""A suggester that knows a few words: enough for pages to have something to show."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.suggestion import Alternative, Evidence, FieldSuggestion, MessageText, Suggestion

_TYPES = {
    "问题反馈": ("报错", "错误", "无法", "打不开", "失败", "error", "crash", "not work"),
    "投诉": ("投诉", "没人", "不满", "complain", "unacceptable"),
    "功能需求": ("建议", "希望增加", "feature", "dark mode"),
    "服务需求": ("发票", "安装", "退货", "invoice", "refund", "address"),
    "合作需求": ("合作", "代理", "partner", "resell"),
    "咨询": ("请问", "多少", "咨询", "how", "does the"),
}
_URGENCIES = {
    "紧急": ("紧急", "立即", "马上", "urgent", "down"),
    "重要": ("尽快", "soon", "影响"),
    "常规": ("请问", "建议"),
}


class KeywordSuggester:
    """Conforms to ``huiying.flows.ports.Suggester``."""

    version = "test-1"

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        return {"type": tuple(_TYPES), "urgency": tuple(_URGENCIES)}

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        return tuple(self._one(message) for message in messages)

    def _one(self, message: MessageText) -> Suggestion:
        fields = {"type": _field(message.body, _TYPES, "咨询"), "urgency": _field(message.body, _URGENCIES, "常规")}
        return Suggestion(model=self.version, fields=fields)


def _field(body: str, words: dict[str, tuple[str, ...]], fallback: str) -> FieldSuggestion:
    text = body.casefold()
    found = {value: [term for term in terms if term in text] for value, terms in words.items()}
    ranked = sorted(words, key=lambda value: -len(found[value]))
    best = ranked[0] if found[ranked[0]] else fallback
    confidence = min(0.97, 0.52 + 0.2 * len(found[best]))
    evidence = tuple(
        Evidence(term=term, weight=1.8 - 0.4 * i, start=text.find(term), end=text.find(term) + len(term))
        for i, term in enumerate(found[best])
    )
    others = [value for value in ranked if value != best][:2]
    left = 1 - confidence
    alternatives = tuple(
        Alternative(value=v, confidence=round(left * s, 3)) for v, s in zip(others, (0.6, 0.25), strict=False)
    )
    return FieldSuggestion(
        value=best, confidence=confidence, accepted=confidence > 0.7, alternatives=alternatives, evidence=evidence
    )
