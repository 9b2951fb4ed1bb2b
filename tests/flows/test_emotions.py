"""How somebody feels is told by words, and by what is denied: before anybody has labelled one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.settings.folder import read_folder
from huiying.app.cli.state import compiled
from huiying.app.home import shipped_config
from huiying.app.model import NoModel
from huiying.flows.classify import classify, text_message
from huiying.flows.desk import Desk

AT = datetime(2026, 3, 5, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return compiled(read_folder(shipped_config()))


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("我对你们的服务非常满意，谢谢！", "满意"),
        ("我对处理结果不满意，一直没人理", "不满"),
        ("對於處理結果非常不滿", "不满"),
        ("我没有不满，只是想问一下进度", "一般"),
        ("并不生气，只是提个建议", "一般"),
        ("太过分了！！你们就是骗子，气死我了", "愤怒"),
        ("I am not happy with this", "不满"),
        ("I'm not angry, just asking", "一般"),
    ],
)
def test_words_and_their_denial(desk: Desk, text: str, emotion: str) -> None:
    """In both scripts and in English, with no model at all."""
    (decision,) = classify(desk, NoModel("no model"), [text_message("", text, AT)])
    assert decision.value("emotion") == emotion
