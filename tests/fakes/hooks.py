"""Channels of a group in memory that answer as a test has scripted; conforms to ``huiying.flows.ports.Hooks``."""

from __future__ import annotations

from core.domain.letter import Outcome
from core.domain.notice import HookAnswer, HookMessage, NoticeChannel


class MemoryHooks:
    """Takes every message unless ``script`` holds an answer for the next one."""

    def __init__(self) -> None:
        self.script: list[HookAnswer] = []
        self.told: list[tuple[str, HookMessage]] = []

    def send(self, channel: NoticeChannel, message: HookMessage) -> HookAnswer:
        self.told.append((channel.name, message))
        return self.script.pop(0) if self.script else HookAnswer(outcome=Outcome.SENT, code=200, text="200 OK")
