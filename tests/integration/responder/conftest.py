"""A scripted SMTP server and transports for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from tests.fakes.smtp_script import Script, Serving, Transports


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def transports() -> Iterator[Transports]:
    made = Transports()
    yield made
    made.close()


@pytest.fixture
def server(script: Script, transports: Transports) -> Iterator[Controller]:
    with Serving(script, transports.close) as controller:
        yield controller
