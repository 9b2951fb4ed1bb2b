"""The key ring: made once, readable by its owner only, and clear words when something is wrong."""

from __future__ import annotations

import json
import stat

import pytest

from core.domain.errors import KeyRingProblem
from core.settings.keyring import create_key_ring, load_key_ring


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
