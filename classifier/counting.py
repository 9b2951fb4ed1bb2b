"""Decides how often each of many texts has each term: words by their names, pieces of words by their numbers."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.features import LONGEST_PIECE, SCALES, Terms
from classifier.model import Floats

# scipy ships no types.
Matrix: TypeAlias = Any

_TEXTS_AT_ONCE = 4000
_BITS, _WHOLE = 21, 64
"""The number of a character, and one more, needs so many bits; a number has so many."""
_ONE_POINT = np.uint64((1 << _BITS) - 1)
_SHIFTS = np.array([_BITS * place for place in reversed(range(LONGEST_PIECE))], dtype=np.uint64)

Numbers = NDArray[np.uint64]
Columns = NDArray[np.intp]


class Tally(Protocol):
    """How often each text has each term of a group, a column a term."""

    @property
    def matrix(self) -> Matrix: ...

    def columns(self, terms: Sequence[str]) -> Columns:
        """The column of each term, -1 where no text has it."""
        ...

    def names(self, columns: Columns) -> list[str]: ...


def counted(terms: Sequence[Terms], group: str) -> Tally:
    if group == "char":
        return Pieces.of([each.text for each in terms])
    return Words.of([each.group(group) for each in terms])


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    matrix: Matrix
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Words:
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        columns, ends = array("i"), array("q", (0,))
        for words in texts:
            columns.extend(map(numbers.__getitem__, words))
            ends.append(len(columns))
        found = np.frombuffer(columns, dtype=np.intc)
        matrix = _summed(found, np.frombuffer(ends, dtype=np.int64), len(numbers))
        return cls(matrix=matrix, numbers=dict(numbers))

    def columns(self, terms: Sequence[str]) -> Columns:
        return np.array([self.numbers.get(term, -1) for term in terms], dtype=np.intp)

    def names(self, columns: Columns) -> list[str]:
        every = list(self.numbers)
        return [every[i] for i in columns.tolist()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """One to three characters in a row, each piece one number: in the order of the numbers they are in the order of
    the alphabet. There are so many that names for all of them would take longer than all else."""

    matrix: Matrix
    numbers: Numbers

    @classmethod
    def of(cls, texts: Sequence[str]) -> Pieces:
        return cls.joined([_pieces(texts[i : i + _TEXTS_AT_ONCE]) for i in range(0, len(texts), _TEXTS_AT_ONCE)])

    @classmethod
    def joined(cls, parts: Sequence[Pieces]) -> Pieces:
        """Those of some texts, of the next ones, and so on."""
        from scipy.sparse import csr_matrix, vstack

        numbers = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *(part.numbers for part in parts)]))
        matrices = [csr_matrix((0, len(numbers)))]
        for part in parts:
            counts, places = part.matrix, np.searchsorted(numbers, part.numbers)
            data = (counts.data, places[counts.indices], counts.indptr)
            matrices.append(csr_matrix(data, shape=(counts.shape[0], len(numbers))))
        return cls(matrix=vstack(matrices, format="csr"), numbers=numbers)

    def columns(self, terms: Sequence[str]) -> Columns:
        if not len(self.numbers) or not terms:
            return np.full(len(terms), -1, dtype=np.intp)
        wanted = _numbers(terms)
        places = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        return np.where(self.numbers[places] == wanted, places, -1)

    def names(self, columns: Columns) -> list[str]:
        points = (self.numbers[columns][:, None] >> _SHIFTS) & _ONE_POINT
        ends = np.count_nonzero(points, axis=1).cumsum().tolist()
        text = (points[points > 0] - 1).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
        return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _pieces(texts: Sequence[str]) -> Pieces:
    """A piece and the text that it stands in are one number, of the letters that these texts have: sorting such numbers
    is all that counting takes, and a third of the time of counting pairs."""
    points = _points(texts).astype(np.int64)
    present = np.bincount(points) > 0
    letters = np.flatnonzero(present).astype(np.uint64)
    wide, owner_bits = len(letters).bit_length(), len(texts).bit_length()
    if LONGEST_PIECE * wide + owner_bits > _WHOLE:
        half = len(texts) // 2
        return Pieces.joined([_pieces(texts[:half]), _pieces(texts[half:])])
    places = [np.uint64(wide * place + owner_bits) for place in reversed(range(LONGEST_PIECE))]
    found = _sorted(present.cumsum()[points].astype(np.uint64), texts, places)
    starts = _starts(found)
    owners = found[starts] & np.uint64((1 << owner_bits) - 1)
    every = found[starts] >> np.uint64(owner_bits)
    begins = _starts(every)
    return Pieces(
        matrix=_by_text(np.diff(starts, append=len(found)), owners, np.append(begins, len(every)), len(texts)),
        numbers=_spelt(every[begins], letters, wide),
    )


def _sorted(letters: Numbers, texts: Sequence[str], places: Sequence[np.uint64]) -> Numbers:
    """Every piece of every text, with the text's number in the last bits."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)
    # How many characters of its own text stand from here on: a piece ends with its text.
    left = np.repeat(lengths.cumsum(), lengths) - np.arange(len(letters))
    whole = (letters << places[0]) | owner
    numbers = [whole]
    for size in range(1, LONGEST_PIECE):
        whole = whole[:-1] | (letters[size:] << places[size])
        numbers.append(whole[left[: len(whole)] > size])
    return np.sort(np.concatenate(numbers))


def _starts(numbers: Numbers) -> NDArray[np.intp]:
    """Where another number begins, in a sorted row of them."""
    return np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)])


def _spelt(pieces: Numbers, letters: Numbers, wide: int) -> Numbers:
    """The pieces with the numbers of characters instead of those of the letters."""
    points, result = np.append(np.uint64(0), letters), np.zeros(len(pieces), dtype=np.uint64)
    for place, shift in zip(reversed(range(LONGEST_PIECE)), _SHIFTS, strict=True):
        result |= points[(pieces >> np.uint64(wide * place)) & np.uint64((1 << wide) - 1)] << shift
    return result


def _by_text(counts: NDArray[np.intp], owners: Numbers, begins: NDArray[np.intp], texts: int) -> Matrix:
    from scipy.sparse import csc_matrix

    data = (counts.astype(np.float64), owners.astype(np.intc), begins)
    return csc_matrix(data, shape=(texts, len(begins) - 1)).tocsr()


def _numbers(pieces: Sequence[str]) -> Numbers:
    lengths = np.array(list(map(len, pieces)))
    starts = lengths.cumsum() - lengths
    points = _points(pieces)
    return np.add.reduceat(points << _SHIFTS[np.arange(len(points)) - np.repeat(starts, lengths)], starts)


def _points(texts: Sequence[str]) -> Numbers:
    """The number of each character and one, so that none is nothing."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64) + 1


def _summed(columns: NDArray[np.intc], ends: NDArray[np.int64], size: int) -> Matrix:
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(ends) - 1, size))
    matrix.sum_duplicates()
    return matrix


def weighted(group: str, counts: Matrix, weights: Floats) -> Matrix:
    """(1 + ln(count)) times weight, each text of length one; signals are there or not."""
    matrix = counts.astype(np.float64)
    if group == "signal":
        matrix.data = weights[matrix.indices]
        return matrix * SCALES[group]
    matrix.data = (1.0 + np.log(matrix.data)) * weights[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(rows, weights=matrix.data**2, minlength=matrix.shape[0]))
    matrix.data *= SCALES[group] / length[rows]
    return matrix


def placed(tally: Tally, group: str, terms: Sequence[str], weights: Floats) -> Matrix:
    """The texts over a model's terms, which were not learnt from them, as ``weighted`` has them."""
    from scipy.sparse import csr_matrix

    columns = tally.columns(terms)
    heard = np.flatnonzero(columns >= 0)
    found = weighted(group, tally.matrix[:, columns[heard]], weights[heard])
    return csr_matrix((found.data, heard[found.indices], found.indptr), shape=(found.shape[0], len(terms)))
