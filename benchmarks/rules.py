"""Measures the rules: a large book over mails of 2 kB (700 characters), beside a plain loop of ``in`` and ``re``; and
the same book with every tenth rule of another kind (a pattern, words near each other, counts, weekdays, customers).

Run: ``python -m benchmarks.rules [--rules 1000] [--words 20] [--mails 500]``; prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from core.domain.decision import Facts
from core.domain.taxonomy import Taxonomy, Value
from rules.book import RuleBook, compile_book
from rules.examples import message_of
from rules.opposed import find_opposed_examples
from rules.shadow import find_dead_rules
from rules.testing import test_local_rules

_HAN = "".join(chr(0x4E00 + 7 * number) for number in range(600))
_FACTS = Facts(received=datetime(2026, 1, 5, 2, tzinfo=UTC))


def _taxonomy() -> Taxonomy:
    values = (Value(key="投诉", english="complaint"), Value(key="其他", english="other"))
    return Taxonomy(fields={"type": values}, defaults={"type": "其他"})


def _words(dice: random.Random, count: int) -> list[str]:
    found: set[str] = set()
    while len(found) < count:
        found.add("".join(dice.choices(_HAN, k=dice.randint(2, 4))))
    return sorted(found)


_OTHER_KINDS = (
    "{{text: {{matches: '{0}[0-9]{{3,9}}|单号[A-Z]{{2}}[0-9]+{0}'}}}}",
    "{{text: {{near: {{one: [{1}], other: [{0}], within: 8}}}}}}",
    "{{text: {{count: {{of: [{1}], at_least: 3}}}}}}",
    "{{hours: {{weekday: sat}}, text: [{1}]}}",
    "{{customer: {{tags_any: [大客户], open_tickets: {{at_least: 2}}}}, not: {{text: [{1}]}}}}",
)


def _when(number: int, words: Sequence[str], *, mixed: bool) -> str:
    if mixed and number % 10 == 0:
        return _OTHER_KINDS[number // 10 % len(_OTHER_KINDS)].format(words[0], ", ".join(words))
    return f"{{text: {{contains_any: [{', '.join(words)}], contains_none: [不急]}}}}"


def _rule_file(groups: Sequence[Sequence[str]], *, mixed: bool) -> str:
    lines = ["rules:"]
    for number, words in enumerate(groups):
        lines += [
            f"  - id: rule-{number}",
            "    title: 规则",
            f"    when: {_when(number, words, mixed=mixed)}",
            "    then: {type: 投诉}",
            "    examples:",
            f"      - {{text: {words[0]}, expect: {{type: 投诉}}}}",
            "      - {text: hello, expect: nothing}",
        ]
    return "\n".join(lines) + "\n"


def _timed(work: Callable[[str], object], texts: Sequence[str]) -> dict[str, float]:
    """Wall-clock and processor time: where other work shares the machine, only the second says something."""
    spent: list[float] = []
    worked: list[float] = []
    for text in texts:
        start, cpu = time.perf_counter(), time.process_time()
        work(text)
        spent.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - cpu) * 1000)
    return {
        f"{name}_{unit}": round(sorted(values)[int(len(values) * at)], 3)
        for unit, values in (("ms", spent), ("cpu_ms", worked))
        for name, at in (("p50", 0.5), ("p99", 0.99))
    }


def _loaded(groups: Sequence[Sequence[str]], *, mixed: bool) -> tuple[RuleBook, dict[str, float]]:
    """Read, checked for rules that can never act, and its examples run, as a publication does."""
    content = _rule_file(groups, mixed=mixed)
    start, cpu = time.perf_counter(), time.process_time()
    book, problems = compile_book({"rules/10.yaml": content}, _taxonomy(), builtin=False)
    dead = (*find_dead_rules(book.rules), *find_opposed_examples(book.rules))
    failed = test_local_rules(book).problems()
    loaded, loaded_cpu = time.perf_counter() - start, time.process_time() - cpu
    assert not problems and not dead and (mixed or not failed), (problems[:3], dead[:3], failed[:3])
    return book, {"load_and_check_s": round(loaded, 3), "load_and_check_cpu_s": round(loaded_cpu, 3)}


def measure(rules: int, words: int, mails: int, characters: int, seed: int) -> dict[str, object]:
    dice = random.Random(seed)
    every = _words(dice, rules * words)
    dice.shuffle(every)
    groups = [every[number * words : (number + 1) * words] for number in range(rules)]
    texts = ["".join(dice.choices(_HAN + "，。 ", k=characters)) for _ in range(mails)]
    book, loading = _loaded(groups, mixed=False)
    mixed, _ = _loaded(groups, mixed=True)
    plain = [(group, re.compile("|".join(map(re.escape, group)))) for group in groups]

    def loop_in(text: str) -> int:
        return sum(any(word in text for word in group) for group, _ in plain)

    def loop_re(text: str) -> int:
        return sum(pattern.search(text) is not None for _, pattern in plain)

    hits = [len(book.first_pass(message_of(text=text), _FACTS)) for text in texts[:20]]
    return {
        "rules": rules,
        "words": rules * words,
        **loading,
        "hits_a_mail": round(sum(hits) / len(hits), 1),
        "book": _timed(lambda text: book.first_pass(message_of(text=text), _FACTS), texts),
        "mixed": _timed(lambda text: mixed.first_pass(message_of(text=text), _FACTS), texts),
        "loop_in": _timed(loop_in, texts[:100]),
        "loop_re": _timed(loop_re, texts[:50]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("rules", 1000), ("words", 20), ("mails", 500), ("characters", 700), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
