"""A client that speaks LMTP line by line and hears every answer (RFC 2033)."""

from __future__ import annotations

import socket
from pathlib import Path


class LmtpClient:
    """One connection, to a port of this machine or a socket in the file system."""

    def __init__(self, where: int | Path, seconds: float = 20.0) -> None:
        self._line = socket.socket(socket.AF_INET if isinstance(where, int) else socket.AF_UNIX)
        self._line.settimeout(seconds)
        try:
            self._line.connect(("127.0.0.1", where) if isinstance(where, int) else str(where))
        except OSError:
            self._line.close()
            raise
        self._answers = self._line.makefile("rb")
        self.hears(1)

    def hears(self, count: int) -> list[str]:
        """So many answers, of many lines each or one."""
        heard: list[str] = []
        while len(heard) < count:
            line = self._answers.readline().decode()
            assert line
            if line[3:4] != "-":
                heard.append(line.strip())
        return heard

    def says(self, line: str, answers: int = 1) -> list[str]:
        self._line.sendall(line.encode() + b"\r\n")
        return self.hears(answers)

    def hands_over(self, data: bytes, *recipients: str, sender: str = "wang@example.cn") -> list[str]:
        self.says("LHLO mta.example.com")
        assert self.says(f"MAIL FROM:<{sender}>")[0].startswith("250")
        taken = [to for to in recipients if self.says(f"RCPT TO:<{to}>")[0].startswith("250")]
        assert self.says("DATA")[0].startswith("354")
        self._line.sendall(data)
        return self.says("\r\n.", len(taken))

    def close(self) -> None:
        self._answers.close()
        self._line.close()
