"""django-helpdesk on the same mails, in an environment of its own: what a product of the field takes.

``prepare`` installs it (the package index must be in reach); ``run_peer`` lets its own command read the whole mailbox
and answers how long that took, less what the same command takes on an empty one. It is no part of this project and is
not in its locks.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import MAILS, BurstMail
from benchmarks.sink import Sink
from tests.fakes import dovecot

PACKAGE = "django-helpdesk==2.6.1"
SETTINGS = """
SECRET_KEY = "benchmark"
USE_TZ = True
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{folder}/helpdesk.db"}}}}
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.sites", "django.contrib.humanize", "rest_framework",
    "helpdesk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
ROOT_URLCONF = "peer_urls"
SITE_ID = 1
MEDIA_ROOT = "{folder}/media"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_HOST, EMAIL_PORT = "{smtp_host}", {smtp_port}
HELPDESK_USE_HTTPS_IN_EMAIL_LINK = False
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_PUBLIC_ENABLED = True
"""
QUEUE = """
from helpdesk.models import Queue
Queue.objects.create(
    title="Service", slug="service", email_address="service@example.com", allow_email_submission=True,
    email_box_type="imap", email_box_host="{host}", email_box_port={port}, email_box_user="{user}",
    email_box_pass="{password}", email_box_imap_folder="INBOX", email_box_interval=0, new_ticket_cc="",
    logging_type="none",
)
"""
COUNT = """
from helpdesk.models import FollowUp, Ticket
print(Ticket.objects.count(), FollowUp.objects.count())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRun:
    """What it took and made of the mails."""

    seconds: float
    tickets: int
    letters: int

    @property
    def per_second(self) -> float:
        return MAILS / self.seconds


def prepare(folder: Path) -> Path:
    """An environment with the peer in it; its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-qq", PACKAGE], check=True, capture_output=True)
    return python


def run_peer(folder: Path, python: Path, mails: Sequence[BurstMail]) -> PeerRun:
    """All mails lie in the mailbox; its ``get_email`` reads them once."""
    folder.mkdir()
    with Sink() as sink, dovecot.start(folder / "dovecot") as server:
        settings = SETTINGS.format(folder=folder, smtp_host=sink.address[0], smtp_port=sink.address[1])
        (folder / "peer_settings.py").write_text(settings)
        (folder / "peer_urls.py").write_text('from django.urls import include, path\n'
            'urlpatterns = [path("helpdesk/", include("helpdesk.urls"))]\n')  # fmt: skip
        _manage(folder, python, "migrate", "--verbosity", "0")
        queue = QUEUE.format(host=server.host, port=server.port, user=server.user, password=server.password)
        _manage(folder, python, "shell", "--verbosity", "0", "-c", queue)
        server.deliver_all([])
        start = _read_mailbox(folder, python)
        server.deliver_all([mail.data for mail in mails])
        seconds = _read_mailbox(folder, python) - start
        counted = _manage(folder, python, "shell", "--verbosity", "0", "-c", COUNT).split()
        letters = len(sink.wait_for(10**9, 0.5))
    return PeerRun(seconds=seconds, tickets=int(counted[-2]), letters=letters)


def _read_mailbox(folder: Path, python: Path) -> float:
    """Seconds of one run of its command."""
    begun = time.monotonic()
    _manage(folder, python, "get_email", "--quiet")
    return time.monotonic() - begun


def _manage(folder: Path, python: Path, *words: str) -> str:
    environ = {"DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [str(python), "-W", "ignore", "-m", "django", *words],
        cwd=folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[:1])}: {done.stderr[-2000:]}")
    return done.stdout
