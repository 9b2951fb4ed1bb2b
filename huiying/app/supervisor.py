"""Runs the threads of a process: starts them, hears signals, ends all within ten seconds (DESIGN 5, core)."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Collection
from functools import partial

from classifier.workers import fit_apart
from core.domain.errors import PortTaken, Unavailable
from core.domain.settings import MailboxSettings
from huiying.app.bootstrap import App
from huiying.app.mailboxes import certificate_of, open_box
from huiying.app.process import Watch
from huiying.app.signals import Signals
from huiying.app.workers.heartbeat import heartbeat, take_over
from huiying.app.workers.learner import Learner
from huiying.app.workers.loop import work_loop
from huiying.app.workers.mirror import Mirror
from huiying.app.workers.outgoing import OutgoingLook
from huiying.app.workers.poller import Poller
from huiying.flows.care_plans import DailyCare
from huiying.flows.count_rules import count_rules
from huiying.flows.deliver import begin_again as redeliver
from huiying.flows.deliver import deliver
from huiying.flows.mailbox import MailboxConnection
from huiying.flows.notify import begin_again as renotify
from huiying.flows.notify import notify
from huiying.flows.pushed import keep_pushed, largest, mailbox_of
from huiying.flows.remove_old import NightlyRemoval
from huiying.flows.surge import tell_surges
from huiying.flows.tell_review import WeeklyLook
from huiying.flows.tick import tick
from huiying.flows.triage import BATCH as MAILS
from huiying.flows.triage import begin_again as retriage
from huiying.flows.triage import triage, warm_up
from huiying.flows.upkeep import upkeep
from ingest.workers import ParseWorkers

STAGES = ("poll", "lmtp", "triage", "deliver", "notify", "tick", "learn", "config")
LOOK_S = 0.5
"""How often the main thread looks for a stage that died or a connection that hangs."""
LMTP_AGAIN_S = 5
SWITCH_S = 0.001
"""How long a thread may keep another from running: a mail passes through three of them, and Python's own 5 ms would be
most of what it takes."""
DRAIN_S = 8.0
"""What is left of ten seconds for the stages to end, once the streams were told."""

_log = logging.getLogger("huiying.supervisor")


class Supervisor:
    """The main thread waits in ``run``; a thread that dies ends the process, with its reason."""

    def __init__(self, app: App, *, stages: Collection[str] = STAGES) -> None:
        self.app = app
        self.stop = threading.Event()
        self.mirror = Mirror(app.context, app.desks, app.home.config, self._config_changed, app.home.folder_mark)
        self._stages = stages
        self._threads: list[threading.Thread] = []
        self._pollers: dict[MailboxSettings, tuple[Poller, threading.Thread]] = {}
        self._polling = threading.Lock()
        self._pushed = threading.Event()
        """LMTP's address is served: here, or by another process of this machine."""
        self.hears = threading.Event()
        """Signals end it from now on; who is told before that it runs may kill it instead."""
        self._failure = ""
        self._weekly = WeeklyLook(app.context)
        self._nightly = NightlyRemoval(app.context)
        self._care = DailyCare(app.context)

    def start(self) -> None:
        """Publishes the folder if it is sound, takes over dead claims and starts every stage."""
        app, ctx = self.app, self.app.context
        sys.setswitchinterval(SWITCH_S)
        self.mirror.start(publishes="config" in self._stages)
        take_over(ctx, Watch().is_dead)  # a watch that has seen nothing yet knows only who died on this machine
        self._thread("heartbeat", partial(heartbeat, ctx, self.stop))
        self._thread("watch", partial(app.bells.watch, app.store.changes, self.stop))
        watch_config = self.mirror.run if "config" in self._stages else self.mirror.follow
        self._thread("config", partial(watch_config, self.stop))
        # Whatever the stages: a process without triage files what it takes in by its interface.
        self._thread("models", partial(app.model.follow, partial(ctx.wake.wait, "models"), self.stop))
        if "triage" in self._stages:
            self._thread("triage", self._triage)
        if "lmtp" in self._stages and app.machine.lmtp:
            self._thread("lmtp", self._take_pushed)
        else:
            self._pushed.set()
        if "learn" in self._stages:
            self._thread("learn", partial(Learner(ctx, fit_apart).run, self.stop))
        if "deliver" in self._stages:
            again = partial(redeliver, ctx)
            work = partial(deliver, ctx)
            self._thread(
                "deliver", partial(work_loop, "deliver", work, ctx.wake, "letters", self.stop, begin_again=again)
            )
            look = partial(certificate_of, app)
            self._thread("outgoing", partial(OutgoingLook(ctx, look).run, self.stop))
        if "notify" in self._stages:
            tell_again = partial(renotify, ctx)
            tell = partial(notify, ctx)
            self._thread(
                "notify", partial(work_loop, "notify", tell, ctx.wake, "notices", self.stop, begin_again=tell_again)
            )
        if "tick" in self._stages:
            self._thread("tick", partial(work_loop, "tick", self._look_after, ctx.wake, "due", self.stop))
        self._config_changed()

    def _look_after(self) -> int:
        """What is due by the clock, and what was left undone."""
        ctx = self.app.context
        self._nightly.look()
        return tick(ctx) + upkeep(ctx) + count_rules(ctx) + tell_surges(ctx) + self._weekly.look() + self._care.look()

    def _triage(self) -> None:
        """Claims no mail before everything is warm: a process that ends while it starts puts no blame on one."""
        ctx = self.app.context
        try:
            warm_up(ctx)
        except Unavailable as error:
            _log.warning("Triage begins cold: %s", error.message)
        gc.freeze()  # what is loaded stays: looking through it for garbage would hold up a mail now and then
        again = partial(retriage, ctx)
        work_loop("triage", partial(triage, ctx), ctx.wake, "kept", self.stop, begin_again=again, full=MAILS)

    def _take_pushed(self) -> None:
        from ingest.sources.lmtp import LmtpServer  # aiosmtpd: only a process that is handed mail needs it

        ctx = self.app.context
        server = LmtpServer(
            self.app.machine.lmtp,
            check=partial(mailbox_of, ctx),
            keep=partial(keep_pushed, ctx),
            largest=partial(largest, ctx),
            ready=self._pushed,
        )
        while not self.stop.is_set():
            try:
                server.run(self.stop)
            except PortTaken as error:
                # As a rule another worker of this machine serves it: whoever is left takes it over.
                self._pushed.set()
                _log.warning("%s; tried again in %d s.", error.message, LMTP_AGAIN_S)
                self.stop.wait(LMTP_AGAIN_S)

    def spawn(self, name: str, work: Callable[[], object]) -> None:
        """One more thread under supervision, such as the console."""
        self._thread(name, work)

    def run(self) -> int:
        """Waits for SIGTERM, SIGINT or a dead thread, then ends everything; the exit code."""
        with Signals() as signals:
            self.hears.set()
            while not self.stop.is_set() and not signals.wait(LOOK_S):
                self._free_the_stuck()
            self.end()
        if self._failure:
            _log.error("Huiying ends because %s.", self._failure)
        return 1 if self._failure else 0

    def _free_the_stuck(self) -> None:
        with self._polling:
            pollers = [poller for poller, _ in self._pollers.values()]
        for poller in pollers:
            poller.give_up_if_stuck()

    def end(self) -> None:
        """Tells everybody to stop and waits for them, ten seconds at most."""
        self.stop.set()
        self.app.bells.ring_all()
        with self._polling:
            for poller, _ in self._pollers.values():
                poller.stop()
            threads = [*self._threads, *(thread for _, thread in self._pollers.values())]
        deadline = time.monotonic() + DRAIN_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def ready(self, seconds: float) -> bool:
        """Waits until every mailbox was read once and its poller waits for news, and mail can be handed over."""
        deadline = time.monotonic() + seconds
        with self._polling:
            ready = [self._pushed, *(poller.ready for poller, _ in self._pollers.values())]
        return all(each.wait(max(0.0, deadline - time.monotonic())) for each in ready)

    def _config_changed(self) -> None:
        """Starts pollers for mailboxes that are new or changed and ends those that are gone."""
        desk = self.app.desks.active()
        own = [address for box in desk.mailboxes for address in (box.address, *box.aliases)]
        if isinstance(self.app.parser, ParseWorkers):
            self.app.parser.use_addresses(own)
        if "poll" not in self._stages:
            return
        with self._polling:
            polled = [box for box in desk.mailboxes if box.is_polled]
            for box in [box for box in self._pollers if box not in polled]:
                poller, _ = self._pollers.pop(box)
                poller.stop()
            for box in polled:
                if box not in self._pollers:
                    poller = Poller(self.app.context, box, self._open, self.stop)
                    thread = self._begin(f"poll-{box.name}", poller.run)
                    self._pollers[box] = (poller, thread)

    def _open(self, box: MailboxSettings) -> MailboxConnection:
        return open_box(self.app, box)

    def _thread(self, name: str, work: Callable[[], object]) -> None:
        self._threads.append(self._begin(name, work))

    def _begin(self, name: str, work: Callable[[], object]) -> threading.Thread:
        thread = threading.Thread(target=self._guarded, args=(name, work), name=name, daemon=True)
        thread.start()
        return thread

    def _guarded(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  see the next line
            # A stage that silently stopped would be the worst of failures: the process ends and is started again.
            _log.exception("The thread %s died.", name)
            self._failure = f"its thread {name} died: {type(error).__name__}: {error}"
            self.stop.set()
