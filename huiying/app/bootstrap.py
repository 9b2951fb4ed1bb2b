"""Builds everything and joins the ports: the one place where rooms meet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.ids import IdMaker
from core.domain.people import Worker
from core.domain.settings import MachineSettings, OAuthSettings, ServerSettings
from core.domain.signer import Signer
from core.settings.keyring import RingFile
from core.settings.machine import read_machine
from core.settings.secrets import client_secret_of, password_of, secret_from
from core.text.segment import Segmenter
from huiying.app.clock import now
from huiying.app.desks import Desks
from huiying.app.home import Home
from huiying.app.model import ServingModel, shipped_seed
from huiying.app.process import free_disk, host_name, start_time
from huiying.app.wake import Bells
from huiying.flows.access_tokens import StoredTokens
from huiying.flows.context import Context
from huiying.flows.oauth import AccessTokens, TokenEndpoint
from huiying.flows.ports import Store
from huiying.flows.room import admit
from ingest.sources.token_endpoint import HttpTokenEndpoint
from ingest.workers import InProcessParser, ParseWorkers
from responder.transports.dkim_signer import DkimSigner
from responder.transports.smtp import SmtpTransport
from responder.transports.webhook import HookTransport
from store.open import SqlStore, open_store
from store.workers import session_name


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A built Huiying: the context for flows and what must be closed."""

    home: Home
    machine: MachineSettings
    store: SqlStore
    context: Context
    desks: Desks
    bells: Bells
    parser: ParseWorkers | InProcessParser
    transport: SmtpTransport
    model: ServingModel
    tokens: AccessTokens
    endpoint: TokenEndpoint
    worker: Worker | None
    environ: Mapping[str, str]

    def secret(self, server: ServerSettings) -> str:
        """A server's password or access token, read when it is needed. Raises ``Unavailable`` in words when it is
        missing."""
        return _secret_of(server, self.tokens, self.environ, self.home)

    def metrics_token(self) -> str:
        """What a monitor has to show, '' where only this machine may look; raises when it cannot be read."""
        machine = self.machine
        if not (machine.metrics_token_env or machine.metrics_token_file):
            return ""
        return secret_from(machine.metrics_token_env, machine.metrics_token_file, self.environ, self.home.path)

    def close(self) -> None:
        """Ends children and connections; a registered worker gives its claims back."""
        self.transport.close()
        self.parser.close()
        if self.worker is not None:
            with self.store.write() as tx:
                tx.workers.bury(self.worker.id)
        self.store.close()


def open_app(home: Home, environ: Mapping[str, str], *, works: bool, unfinished: bool = False) -> App:
    """Opens a home. ``works`` registers this process as a worker that may hold claims; a command that only looks
    or changes one ticket goes without. ``unfinished`` opens a database that is being restored. Raises
    ``BadConfiguration``, ``KeyRingProblem`` or ``StoreUnavailable``."""
    machine = read_machine(home.path)
    ring = RingFile(Path(machine.key_ring))
    session = session_name(host_name(), os.getpid(), start_time(os.getpid()) or 0.0)
    store = open_store(machine.database, ring.keys, now, session=session, again=ring.again, unfinished=unfinished)
    port: Store = store
    signer = Signer(ring.keys.signing, ring.keys.signs_with)
    ring.follow(store.use_keys)
    ring.follow(lambda keys: signer.use(keys.signing, keys.signs_with))
    worker = _register(store, ring.keys.writes_with) if works else None
    segmenter = Segmenter()
    desks, bells, model = Desks(store), Bells(), ServingModel(store, lambda: shipped_seed(segmenter))
    endpoint = HttpTokenEndpoint(lambda oauth: client_secret_of(oauth, environ=environ, home=home.path))
    tokens = StoredTokens(store, endpoint, lambda name: _oauth_of(desks, name), now, store.ids)
    login = _Logins(tokens, environ, home)
    transport = SmtpTransport(
        lambda name: _accounts_of(desks, home, name), login, now, admit=lambda limit: admit(port, limit, now())
    )
    parser: ParseWorkers | InProcessParser = ParseWorkers() if works else InProcessParser()
    context = Context(
        store=port,
        now=now,
        ids=store.ids,
        signer=signer,
        parser=parser,
        transport=transport,
        hooks=HookTransport(environ, home.path),
        mail_signer=DkimSigner(environ, home.path),
        wake=bells,
        suggester=model,
        desk=desks.active,
        desk_of=desks.of,
        segmenter=segmenter,
        worker=worker.id if worker else 0,
        free_disk=lambda: free_disk(home.data),
        newest_key=lambda: ring.again().writes_with,
    )
    return App(
        home=home,
        machine=machine,
        store=store,
        context=context,
        desks=desks,
        bells=bells,
        parser=parser,
        transport=transport,
        model=model,
        tokens=tokens,
        endpoint=endpoint,
        worker=worker,
        environ=environ,
    )


def _register(store: SqlStore, data_key: int) -> Worker:
    pid = os.getpid()
    with store.write() as tx:
        worker = tx.workers.register(host_name(), pid, start_time(pid) or 0.0)
        tx.workers.know(worker.id, data_key)
    store.ids = IdMaker(worker.node, now)
    return worker


def _secret_of(server: ServerSettings, tokens: AccessTokens, environ: Mapping[str, str], home: Home) -> str:
    if server.token_of:
        return tokens.token(server.token_of)
    return password_of(server, environ=environ, home=home.path)


def _oauth_of(desks: Desks, mailbox: str) -> OAuthSettings | None:
    box = desks.active().mailbox(mailbox)
    return box.oauth if box else None


def _accounts_of(desks: Desks, home: Home, mailbox: str) -> tuple[ServerSettings, ...]:
    box = desks.active().mailbox(mailbox)
    return tuple(_at_home(home, server) for server in box.accounts) if box else ()


def _at_home(home: Home, server: ServerSettings) -> ServerSettings:
    """The same server with the path of its certificates made whole."""
    return replace(server, ca_file=str(home.path / server.ca_file)) if server.ca_file else server


class _Logins:
    """Conforms to ``responder.transports.account.Login``."""

    def __init__(self, tokens: AccessTokens, environ: Mapping[str, str], home: Home) -> None:
        self._tokens = tokens
        self._environ = environ
        self._home = home

    def secret(self, server: ServerSettings, /) -> str:
        return _secret_of(server, self._tokens, self._environ, self._home)

    def refused(self, server: ServerSettings, secret: str, /) -> None:
        self._tokens.refused(server.token_of, secret)
