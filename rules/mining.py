"""Finds words, and pairs of words, by whose presence agents decide a field otherwise than the desk did.

The statistic is plain. Every word and every pair that stands in enough mails of enough customers is a candidate,
whatever the agents said; each is tried against every value that agents gave, by Fisher's exact test, and the
probability is multiplied by the number of all these trials (Bonferroni). So labels that are noise give a finding in
at most one of a hundred searches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rules.evidence import fisher_tail
from rules.lexicon import LexiconBuilder, fold_for_matching

ALPHA = 0.01
"""The chance that a search in noise finds anything."""
FEWEST_MAILS = 5
FEWEST_CUSTOMERS = 2
"""A word that one customer alone uses is his own affair."""
FEWEST_FIXES = 3
LEAST_PRECISION = 0.75
MOST_FOUND = 10
_MOST_OF_ALL = 0.5
"""A word in more than half of the mails says nothing."""
_WORDS_A_MAIL = 40

Cut = Callable[[str], Sequence[str]]
Rarity = Callable[[str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One mail that agents have looked at: its words (subject and own words), whose it is, what agents said and
    what the desk's rules and model say, by field."""

    text: str
    customer: str
    agents: Mapping[str, str]
    decided: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Of ``mails`` with all the ``words`` agents gave ``agreed`` that value; in ``fixes`` of them the desk had said
    otherwise, in ``breaks`` it had been right with another value. ``instead`` is what it had said in the mails that it
    mends, the most frequent first ('' where it had said nothing), with how often. ``chance`` is corrected for all
    trials; ``members`` are the numbers of the mails that agree."""

    field: str
    value: str
    words: tuple[str, ...]
    mails: int
    agreed: int
    fixes: int
    breaks: int
    chance: float
    members: tuple[int, ...]
    instead: tuple[tuple[str, int], ...] = ()


def mine(mails: Sequence[Labelled], cut: Cut, rarity: Rarity = lambda _: 0.0) -> tuple[Finding, ...]:
    """The findings, the most useful first; those that only repeat a better one are left out. Of words that say the same
    the rarest in the language is taken: 差价 rather than 一下."""
    texts = [fold_for_matching(mail.text) for mail in mails]
    words = _vocabulary(mails, [_words_of(text, cut) for text in texts])
    bits, orders = _places(words, texts)
    candidates = [*((word,) for word in range(len(words))), *_pairs(orders)]
    goals = list(_goals(mails))
    trials = max(1, len(candidates) * len(goals))
    found = [one for goal in goals for one in _search(goal, candidates, words, bits, trials, mails)]
    return _without_repeats(found, rarity)


def _words_of(text: str, cut: Cut) -> list[str]:
    """Words that can be told apart: two characters or more, three if they are Latin, and no numbers."""
    return [
        word
        for word in dict.fromkeys(cut(text))
        if word.isalpha() and len(word) >= (3 if word.isascii() else 2) and not word.startswith("xx")
    ]


def _vocabulary(mails: Sequence[Labelled], words: Sequence[Sequence[str]]) -> list[str]:
    many: Counter[str] = Counter(word for each in words for word in each)
    users: dict[str, set[str]] = defaultdict(set)
    for mail, each in zip(mails, words, strict=True):
        for word in each:
            users[word].add(mail.customer)
    most = _MOST_OF_ALL * len(mails)
    return sorted(
        word for word, count in many.items() if FEWEST_MAILS <= count <= most and len(users[word]) >= FEWEST_CUSTOMERS
    )


def _places(words: Sequence[str], texts: Sequence[str]) -> tuple[list[int], list[list[int]]]:
    """For each word the mails that hold it, as bits, found as a rule finds it; for each mail its first words."""
    builder = LexiconBuilder()
    number_of = {builder.intern(word): place for place, word in enumerate(words)}
    lexicon = builder.build()
    bits, orders = [0] * len(words), []
    for mail, text in enumerate(texts):
        first = lexicon.scan("", text).first
        for number in first:
            bits[number_of[number]] |= 1 << mail
        orders.append([number_of[number] for number in sorted(first, key=first.__getitem__)[:_WORDS_A_MAIL]])
    return bits, orders


def _pairs(orders: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    together: Counter[tuple[int, int]] = Counter()
    for order in orders:
        together.update(combinations(sorted(order), 2))
    return [pair for pair, count in together.items() if count >= FEWEST_MAILS]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """One value of one field, over the mails in which agents decided that field; all sets as bits."""

    field: str
    value: str
    judged: int
    given: int
    wrong: int
    right: int
    """Mails in which the desk said another value, and agents agreed with it."""


def _goals(mails: Sequence[Labelled]) -> Iterator[_Goal]:
    for field in sorted({field for mail in mails for field in mail.agents}):
        judged = [(1 << place, mail) for place, mail in enumerate(mails) if field in mail.agents]
        for value in sorted({mail.agents[field] for _, mail in judged}):
            given = sum(bit for bit, mail in judged if mail.agents[field] == value)
            wrong = sum(bit for bit, mail in judged if mail.agents[field] == value != mail.decided.get(field))
            right = sum(bit for bit, mail in judged if value != mail.agents[field] == mail.decided.get(field))
            every = sum(bit for bit, _ in judged)
            yield _Goal(field=field, value=value, judged=every, given=given, wrong=wrong, right=right)


def _search(
    goal: _Goal,
    candidates: Sequence[tuple[int, ...]],
    words: Sequence[str],
    bits: Sequence[int],
    trials: int,
    said: Sequence[Labelled],
) -> Iterator[Finding]:
    helps = [(bit & goal.wrong).bit_count() >= FEWEST_FIXES for bit in bits]
    for candidate in candidates:
        if not all(helps[word] for word in candidate):
            continue
        held = goal.judged
        for word in candidate:
            held &= bits[word]
        fixes, mails = (held & goal.wrong).bit_count(), held.bit_count()
        agreed, breaks = (held & goal.given).bit_count(), (held & goal.right).bit_count()
        if fixes < FEWEST_FIXES or mails < FEWEST_MAILS or agreed < LEAST_PRECISION * mails or fixes < 2 * breaks:
            continue
        chance = trials * fisher_tail(agreed, mails, goal.given.bit_count(), goal.judged.bit_count())
        if chance < ALPHA:
            yield Finding(
                field=goal.field,
                value=goal.value,
                words=tuple(words[word] for word in candidate),
                mails=mails,
                agreed=agreed,
                fixes=fixes,
                breaks=breaks,
                chance=chance,
                members=_numbers(held & goal.given),
                instead=_instead(said, goal, held & goal.wrong),
            )


def _instead(mails: Sequence[Labelled], goal: _Goal, wrong: int) -> tuple[tuple[str, int], ...]:
    before = Counter(mails[place].decided.get(goal.field, "") for place in _numbers(wrong))
    return tuple(sorted(before.items(), key=lambda one: (-one[1], one[0])))


def _numbers(bits: int) -> tuple[int, ...]:
    return tuple(place for place in range(bits.bit_length()) if bits >> place & 1)


def _without_repeats(found: Sequence[Finding], rarity: Rarity) -> tuple[Finding, ...]:
    """Best first: what it mends less what it spoils, then the surer, then the shorter, then the rarer words; one whose
    mails are mostly another's of the same value says nothing new."""

    def rank(one: Finding) -> tuple[float, ...]:
        return one.breaks - one.fixes, one.chance, len(one.words), -sum(map(rarity, one.words))

    ranked = sorted(found, key=lambda one: (rank(one), one.words))
    kept: list[Finding] = []
    for one in ranked:
        known = {
            place for other in kept if (other.field, other.value) == (one.field, one.value) for place in other.members
        }
        if len(known.intersection(one.members)) <= len(one.members) / 2:
            kept.append(one)
    return tuple(kept[:MOST_FOUND])
