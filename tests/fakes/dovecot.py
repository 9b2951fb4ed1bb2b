"""A Dovecot of Debian's own, on a free loopback port with one mailbox in a temporary folder."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.fakes.requirement import find_program, require_or_skip

_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = {tls}
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
default_vsz_limit = 0
mail_location = maildir:{home}/mail/%u
namespace inbox {{
  inbox = yes
  mailbox "Sent Messages" {{
    special_use = \\Sent
    auto = create
  }}
}}
mail_privileged_group =
first_valid_uid = 0
first_valid_gid = 0
auth_mechanisms = plain login{mechanisms}
mailbox_idle_check_interval = 1 secs
{oauth}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service auth {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

_TLS = """yes
ssl_cert = <{}
ssl_key = <{}
"""
_OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
"""
_OAUTH_CONFIG = """
introspection_url = {url}
introspection_mode = get
active_attribute = active
active_value = true
username_attribute = email
"""


class Dovecot:
    """A running server; ``host``, ``port``, ``user`` and ``password`` are what a client needs. Made by ``start``."""

    def __init__(
        self, home: Path, *, user: str, password: str, introspect: str, certificate: tuple[Path, Path] | None
    ) -> None:
        self.host, self.port = "127.0.0.1", _free_port()
        self.user, self.password = user, password
        self._introspect = introspect
        self._certificate = certificate
        self.tls_port = _free_port() if certificate else 0
        self._temporary = _is_root()
        # The mail's owner may not be root (Dovecot refuses), so he could not reach a folder that pytest made for root.
        self.home = Path(tempfile.mkdtemp(prefix="huiying-dovecot-")) if self._temporary else home
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, program: str) -> None:
        for name in ("run", "state", "mail"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o755)
        self._give_away(self.home / "mail")
        config = self.home / "dovecot.conf"
        config.write_text(self._config())
        (self.home / "oauth2.conf").write_text(_OAUTH_CONFIG.format(url=self._introspect))
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._wait_until_it_greets()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
            self._process = None
        if self._temporary:
            shutil.rmtree(self.home, ignore_errors=True)

    def deliver(self, data: bytes, user: str = "") -> None:
        """Puts a mail into an inbox as a delivery agent does: written aside, then renamed into place.

        Every user may log in with the one password; his inbox is made with his first mail or login."""
        self.deliver_all([data], user)

    def deliver_all(self, mails: Sequence[bytes], user: str = "") -> float:
        """The same for many, which appear within a moment, in this order; the monotonic instant of the first."""
        inbox = self.home / "mail" / (user or self.user)
        for folder in ("tmp", "new", "cur"):
            made = inbox / folder
            made.mkdir(parents=True, exist_ok=True)
            self._give_away(inbox)
            self._give_away(made)
        names = [f"{time.monotonic_ns()}.M{number}.test" for number in range(len(mails))]
        for name, data in zip(names, mails, strict=True):
            aside = inbox / "tmp" / name
            aside.write_bytes(data)
            self._give_away(aside)
        begun = time.monotonic()
        for name in names:
            (inbox / "tmp" / name).rename(inbox / "new" / name)
        return begun

    def renumber(self, user: str = "") -> None:
        """The inbox loses its numbering, as after a restored backup: a new UIDVALIDITY at the next SELECT."""
        inbox = self.home / "mail" / (user or self.user)
        for found in inbox.glob("dovecot*"):
            if found.is_file():
                found.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _give_away(self, path: Path) -> None:
        if _is_root():
            os.chown(path, _mail_owner().pw_uid, _mail_owner().pw_gid)

    def _config(self) -> str:
        owner = _mail_owner()
        inner = pwd.getpwnam("dovenull") if _is_root() else owner
        return _CONFIG.format(
            home=self.home,
            port=self.port,
            tls="no" if self._certificate is None else _TLS.format(*self._certificate),
            tls_port=self.tls_port,
            mechanisms=" xoauth2 oauthbearer" if self._introspect else "",
            oauth=_OAUTH.format(home=self.home) if self._introspect else "",
            user=inner.pw_name,
            group=grp.getgrgid(inner.pw_gid).gr_name,
            password=self.password,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
        )

    def _wait_until_it_greets(self) -> None:
        for _ in range(200):
            if self._process is not None and self._process.poll() is not None:
                said = self._process.stderr.read().decode() if self._process.stderr else ""
                raise RuntimeError(f"dovecot ended: {said}")
            try:
                with socket.create_connection((self.host, self.port), 0.5) as connection:
                    if connection.recv(16).startswith(b"* OK"):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"dovecot does not greet: {self._log()}")

    def _log(self) -> str:
        log = self.home / "dovecot.log"
        return log.read_text()[-2000:] if log.exists() else ""


def start(
    home: Path,
    *,
    user: str = "desk@example.cn",
    password: str = "see-no-evil",
    introspect: str = "",
    certificate: tuple[Path, Path] | None = None,
) -> Dovecot:
    """Starts a server with an empty inbox; call its ``stop``, or use it as a context manager.

    With ``introspect``, an address that ends where a token is to stand, access tokens sign in too (XOAUTH2): that
    address is asked for each. With a ``certificate`` and its key it speaks STARTTLS on ``port``, TLS on ``tls_port``.
    Skips (fails with HUIYING_TEST_ALL=1) where Dovecot is not installed."""
    program = find_program("dovecot")
    if not program:
        require_or_skip("dovecot-imapd is not installed")
    server = Dovecot(home, user=user, password=password, introspect=introspect, certificate=certificate)
    try:
        server.run(program)
    except BaseException:
        server.stop()
        raise
    return server


def _is_root() -> bool:
    return os.getuid() == 0


def _mail_owner() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody") if _is_root() else pwd.getpwuid(os.getuid())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
