"""Stored models: arrays and a card, and nothing else is accepted."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from classifier.model import from_bytes, to_bytes
from core.domain.errors import BadInput


def _npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"", b"not a model", pickle.dumps([1, 2]), b"PK\x03\x04 cut", _npz(card=np.zeros(3))])
def test_what_is_no_model_is_refused(data):
    """Garbage, a pickle and a foreign archive raise BadInput, never anything else."""
    with pytest.raises(BadInput):
        from_bytes(data)


def test_whatever_is_damaged_raises_one_thing(arrays):
    """Cut short, bits turned or a piece lost: BadInput or a model, never what an archive's library thinks fit."""
    data, random, refused = to_bytes(arrays), Random(1), 0
    for _ in range(600):
        damaged = bytearray(data)
        place = random.randrange(len(damaged))
        match random.randrange(3):
            case 0:
                del damaged[place:]
            case 1:
                del damaged[place : place + random.randrange(1, 200)]
            case _:
                for _ in range(20):
                    damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            from_bytes(bytes(damaged))
        except BadInput:
            refused += 1
    assert refused > 500


def test_an_array_of_objects_is_never_unpickled(arrays):
    """A pickle inside the archive is refused unread."""
    with pytest.raises(BadInput):
        from_bytes(_npz(card=np.array([{"run": "me"}], dtype=object)))


def test_a_model_that_does_not_fit_its_card_is_refused(arrays):
    """Shapes, finite numbers and the features' format are checked before a model may speak."""
    wrong = (
        replace(arrays, weights=arrays.weights[:-1]),
        replace(arrays, intercepts=arrays.intercepts * np.nan),
        replace(arrays, card={**arrays.card, "features": {"format": 0}}),
        replace(arrays, card={k: v for k, v in arrays.card.items() if k != "targets"}),
    )
    for each in wrong:
        with pytest.raises((BadInput, KeyError)) as raised:
            from_bytes(to_bytes(each))
        assert raised.type is BadInput


def test_the_card_says_what_the_model_is(arrays):
    """Version, data hash, libraries, and for each target its values, counts, temperature and held-out accuracy."""
    card = arrays.card
    assert card["version"].startswith("own-")
    assert {"rows", "data_sha256", "sklearn", "numpy", "terms"} <= card.keys()
    assert card["targets"]["type"]["counts"] == {"功能需求": 30, "咨询": 30, "问题反馈": 30}
    assert card["targets"]["type"]["temperature"] > 0
    assert card["targets"]["type"]["held_out"]["rows"] == 90
