"""Passwords come from the environment or a file, and a missing one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.settings import ServerSettings
from core.settings.secrets import PasswordMissing, is_open_to_others, password_of


def server(**more):
    return ServerSettings(host="imap.example.com", port=993, **more)


def test_the_environment_or_a_file_gives_the_password(tmp_path):
    """A file may end with a line break; its path is below the home."""
    (tmp_path / "pw").write_text("geheim\n")
    from_env = server(user="u", password_env="PW")
    from_file = server(user="u", password_file="pw")
    assert password_of(from_env, environ={"PW": "s3"}, home=tmp_path) == "s3"
    assert password_of(from_file, environ={}, home=tmp_path) == "geheim"
    assert password_of(server(), environ={}, home=tmp_path) == ""


@pytest.mark.parametrize("settings", [{"password_env": "PW"}, {"password_file": "nowhere"}, {"password_file": "empty"}])
def test_a_missing_password_is_told_by_its_name(tmp_path, settings):
    """Exit code 3: it can be tried again once it is there."""
    Path(tmp_path, "empty").write_text("\n")
    with pytest.raises(PasswordMissing, match=next(iter(settings.values()))) as caught:
        password_of(server(user="u", **settings), environ={}, home=tmp_path)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True), (0o604, True), (0o620, False)]
)
def test_a_secret_that_others_may_read_is_seen(tmp_path, mode, is_open):
    """By the group or by anybody; who may only write it is another matter."""
    path = tmp_path / "key.pem"
    path.write_text("secret")
    path.chmod(mode)
    assert is_open_to_others(path) is is_open


def test_a_file_of_somebody_else_is_read_by_its_group(tmp_path, monkeypatch):
    """root:huiying 0640 is how an operator hands a secret to a service; nobody may read what is not there."""
    path = tmp_path / "key.pem"
    path.write_text("secret")
    path.chmod(0o640)
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)
    assert not is_open_to_others(path)
    path.chmod(0o644)
    assert is_open_to_others(path)
    assert not is_open_to_others(tmp_path / "nowhere")
