"""The live stream: what it says, and that it ends when the service does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import uvicorn

from core.domain.people import Session
from huiying.console.live import HEARTBEAT, Live
from huiying.flows.attend import attend
from huiying.flows.correct import confirm
from tests.factories.console import Browser, a_console, numbers


async def _until(stream: AsyncIterator[bytes], wanted: bytes) -> bytes:
    async for message in stream:
        if wanted in message:
            return message
    raise AssertionError("the stream ended")


def test_a_change_is_told_by_its_id_alone(busy):
    """After a confirmation an open stream names the ticket's id and nothing else."""
    number = numbers(busy.ctx)[0]
    live = Live(busy.ctx, threading.Event())

    async def listen() -> bytes:
        stream = live.stream("")
        assert b"event: hello" in await anext(stream)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(confirm, busy.ctx, number, "li")
        return await asyncio.wait_for(_until(stream, b"event: changed"), 5)

    message = asyncio.run(listen())
    assert message == f"event: changed\ndata: {busy.ticket(number).ticket.id}\n\n".encode()


def _watchers() -> int:
    return sum(thread.name == "console-live" for thread in threading.enumerate())


def _rests(seconds: float = 5.0) -> bool:
    """Whether no watcher runs any more before the seconds passed."""
    end = time.monotonic() + seconds
    while _watchers() and time.monotonic() < end:
        time.sleep(0.05)
    return not _watchers()


def test_one_watcher_serves_all_streams_and_rests_without_them(busy):
    """Ten streams share one thread; when the last one left, the thread ends."""
    live = Live(busy.ctx, threading.Event())
    assert _rests(), "a watcher of an earlier test still runs"

    async def open_ten() -> int:
        streams = [live.stream("") for _ in range(10)]
        for stream in streams:
            await anext(stream)
        count = _watchers()
        for stream in streams:
            await stream.aclose()
        return count

    assert asyncio.run(open_ten()) == 1
    assert _rests()


def test_a_stream_ends_with_its_session(busy):
    """Whoever was signed out or disabled hears no more within a heartbeat; the others hear that we are here."""
    live = Live(busy.ctx, threading.Event(), heartbeat_s=0.05)
    now = busy.ctx.now()
    with busy.ctx.store.write() as tx:
        li = tx.people.user("li")
        for token in ("one", "two"):
            end = now + timedelta(hours=1)
            tx.people.start_session(Session(token_hash=token, user_id=li.id, csrf="c", created=now, expires=end))

    async def listen() -> bool:
        gone, here = live.stream("one"), live.stream("two")
        await anext(gone), await anext(here)
        with busy.ctx.store.write() as tx:
            tx.people.end_session("one")
        async with asyncio.timeout(5):
            async for _ in gone:
                pass
            await _until(here, HEARTBEAT)
            await here.aclose()
        return True

    assert asyncio.run(listen())


def test_a_server_with_an_open_stream_stops_at_once(busy):
    """Setting the shutdown event ends the stream, so that uvicorn's own shutdown finds nothing to wait for."""
    shutdown = threading.Event()
    app = a_console(busy.ctx, shutdown=shutdown)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    browser = Browser(app)
    browser.sign_in("li")
    cookies = {"huiying_session": browser.client.cookies["huiying_session"]}
    with httpx2.stream("GET", f"http://127.0.0.1:{port}/events", cookies=cookies, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        chunks = answer.iter_bytes()
        assert b"hello" in next(chunks)
        begun = time.monotonic()
        shutdown.set()
        server.should_exit = True
        for _ in chunks:
            pass
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - begun < 5


def test_who_has_a_ticket_open_is_told_at_once_and_to_newcomers(busy):
    """By the words of the page itself; an auditor's page says nothing. Closed, the ticket is told as empty."""
    number = numbers(busy.ctx)[0]
    app, live = a_console(busy.ctx), Live(busy.ctx, threading.Event())
    agent, auditor = Browser(app), Browser(app)
    agent.sign_in("li"), auditor.sign_in("aud")
    address, ticket = f"/tickets/{number}/present", busy.ticket(number).ticket.id

    async def listen() -> list[bytes]:
        stream = live.stream("")
        told = [await _until(stream, b"event: everybody")]
        for says in ("writing", "closed"):
            assert (await asyncio.to_thread(agent.htmx, address, page="5", **{says: "yes"})).status_code == 204
            told.append(await asyncio.wait_for(_until(stream, b"event: present"), 5))
        return told

    assert asyncio.run(listen()) == [
        b"event: everybody\ndata: {}\n\n",
        f'event: present\ndata: {{"{ticket}": [{{"name": "li", "who": "李敏", "writing": 0}}]}}\n\n'.encode(),
        f'event: present\ndata: {{"{ticket}": []}}\n\n'.encode(),
    ]
    assert auditor.post(address, page="6").status_code == 403
    assert agent.post(address, page="6", token="").status_code == 403
    assert agent.post(address, page=str(2**53)).status_code == 422


def test_a_page_that_falls_silent_ends_without_anybody_writing(busy, clock):
    """The watcher sees it by itself."""
    number = numbers(busy.ctx)[0]
    live = Live(busy.ctx, threading.Event())

    async def listen() -> bytes:
        stream = live.stream("")
        with busy.ctx.store.read() as tx:
            li = tx.people.user("li")
        attend(busy.ctx, number, li, 5, writing=False)
        assert b'"who": "' in await _until(stream, b"event: everybody")
        await asyncio.sleep(0.8)
        clock.advance(seconds=60)
        return await asyncio.wait_for(_until(stream, b"event: present"), 5)

    assert asyncio.run(listen()).endswith(b": []}\n\n")
