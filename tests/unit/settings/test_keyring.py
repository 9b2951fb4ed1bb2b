"""The key ring: made once, readable by its owner only, and clear words when something is wrong."""

from __future__ import annotations

import json
import stat

import pytest

from core.domain.errors import BadInput, KeyRingProblem
from core.settings.keyring import (
    RingFile,
    add_data_key,
    add_signing_key,
    create_key_ring,
    load_key_ring,
    remove_data_key,
)


def counting():
    """Random bytes that can be told apart."""
    numbers = iter(range(1, 255))
    return lambda size: bytes([next(numbers)]) * size


def test_a_ring_that_was_made_can_be_loaded_and_only_its_owner_reads_it(tmp_path):
    """Mode 0600 in a folder of mode 0700."""
    path = tmp_path / "keys" / "ring.json"
    made = create_key_ring(path, random=counting())
    assert load_key_ring(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len({made.index, *made.data.values(), *made.signing.values()}) == 3


def test_a_ring_is_never_overwritten(tmp_path):
    """Overwriting it would lose all encrypted data."""
    path = tmp_path / "ring.json"
    first = create_key_ring(path, random=counting())
    with pytest.raises(KeyRingProblem, match="已经存在"):
        create_key_ring(path, random=counting())
    assert load_key_ring(path) == first


def test_a_ring_that_others_can_read_is_refused_with_the_remedy(tmp_path):
    """The hint is the command that mends it."""
    path = tmp_path / "ring.json"
    create_key_ring(path, random=counting())
    path.chmod(0o640)
    with pytest.raises(KeyRingProblem) as caught:
        load_key_ring(path)
    assert caught.value.hint == f"chmod 600 {path}"


def test_a_missing_ring_says_what_is_lost(tmp_path):
    """And never makes a new one by itself."""
    with pytest.raises(KeyRingProblem, match="找不到钥匙环") as caught:
        load_key_ring(tmp_path / "ring.json")
    assert "backup" in caught.value.hint or "备份" in caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        lambda ring: ring.pop("index"),
        lambda ring: ring.update(index="not base64"),
        lambda ring: ring.update(index="c2hvcnQ="),
        lambda ring: ring.update(data={}),
        lambda ring: ring.update(data={"300": ring["index"]}),
        lambda ring: ring.update(data=[]),
        lambda ring: ring.update(signs_with="b"),
        lambda ring: ring.update(format=2),
    ],
)
def test_a_damaged_ring_is_refused_in_words(tmp_path, change):
    """Never a traceback, never half a ring."""
    path = tmp_path / "ring.json"
    create_key_ring(path, random=counting())
    ring = json.loads(path.read_bytes())
    change(ring)
    path.write_text(json.dumps(ring))
    with pytest.raises(KeyRingProblem, match="钥匙环"):
        load_key_ring(path)


def test_a_ring_shows_no_key_when_it_is_printed(tmp_path):
    """Logs and tracebacks print values."""
    ring = create_key_ring(tmp_path / "ring.json", random=lambda size: b"k" * size)
    assert "kkkk" not in repr(ring)


def test_keys_are_added_and_all_others_stay(tmp_path):
    """The newest data key writes, the newest signing key signs; the file stays private and alone in its folder."""
    path = tmp_path / "ring.json"
    random = counting()
    first = create_key_ring(path, random=random)
    assert (add_data_key(path, random=random), add_signing_key(path, random=random)) == (2, "b")
    ring = load_key_ring(path)
    assert (ring.writes_with, ring.signs_with, ring.fingerprint) == (2, "b", first.fingerprint)
    assert ring.data[1] == first.data[1] and ring.signing["a"] == first.signing["a"]
    assert len({ring.index, *ring.data.values(), *ring.signing.values()}) == 5
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and list(tmp_path.iterdir()) == [path]


def test_signing_keys_have_names_of_letters(tmp_path):
    """A name stands in each Message-ID: after z comes aa."""
    path = tmp_path / "ring.json"
    random = counting()
    create_key_ring(path, random=random)
    ring = json.loads(path.read_bytes())
    ring["signing"] = dict.fromkeys("abcdefghijklmnopqrstuvwxy", ring["index"])
    path.write_text(json.dumps(ring))
    assert [add_signing_key(path, random=random) for _ in range(3)] == ["z", "aa", "ab"]


def test_the_key_that_writes_cannot_be_taken_away(tmp_path):
    """Nor one that is not there; an older one can."""
    path = tmp_path / "ring.json"
    random = counting()
    create_key_ring(path, random=random)
    add_data_key(path, random=random)
    for number in (2, 3):
        with pytest.raises(BadInput):
            remove_data_key(path, number)
    remove_data_key(path, 1)
    assert set(load_key_ring(path).data) == {2}


def test_a_running_process_takes_a_changed_ring_up(tmp_path):
    """Once for each change; whoever follows hears of it."""
    path, heard = tmp_path / "ring.json", []
    random = counting()
    create_key_ring(path, random=random)
    file = RingFile(path)
    file.follow(lambda ring: heard.append(ring.writes_with))
    assert file.again().writes_with == 1
    add_data_key(path, random=random)
    assert (file.again().writes_with, file.again().writes_with, heard) == (2, 2, [2])


def test_a_running_process_keeps_its_ring_when_the_file_is_wrong(tmp_path, caplog):
    """Another database's, an older copy, a damaged or a missing file: it goes on, and the log says it once."""
    path = tmp_path / "ring.json"
    random = counting()
    create_key_ring(path, random=random)
    older = path.read_bytes()
    add_data_key(path, random=random)
    create_key_ring(tmp_path / "other.json", random=random)
    add_data_key(tmp_path / "other.json", random=random)
    file = RingFile(path)
    for wrong in (older, (tmp_path / "other.json").read_bytes(), b"{"):
        path.write_bytes(wrong)
        caplog.clear()
        assert file.again() == file.again() and file.keys.writes_with == 2
        assert len(caplog.records) == 1
    path.unlink()
    assert file.again().writes_with == 2


def test_a_running_process_takes_a_ring_up_once_its_mode_is_mended(tmp_path):
    """Copied from another machine so that others can read it, refused, and then mended as the hint says."""
    path = tmp_path / "ring.json"
    random = counting()
    create_key_ring(path, random=random)
    file = RingFile(path)
    add_data_key(path, random=random)
    path.chmod(0o644)
    assert file.again().writes_with == 1
    path.chmod(0o600)
    assert file.again().writes_with == 2
