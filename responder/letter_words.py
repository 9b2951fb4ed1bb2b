"""Reads the fixed words of all letters: for every mailbox, for one, in one language; which letters are off, and the
switch of all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.domain.letter import LettersMode
from core.settings.content import PICTURES
from core.settings.nodes import MapNode, Node, Scalar
from core.settings.reader import Reader, nearest
from responder.logo import MOST_OCTETS, Logo, read_logo
from responder.plain import one_line
from responder.wording import LANGUAGES

FOLDER = "replies/"
FILE = "wording.yaml"
WORDS = ("team", "hotline", "website", "hours", "portal", "logo")
"""What a mailbox can have of its own. ``portal`` is the address of the customers' pages, ``logo`` a file."""
_WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """``all`` by language, ``mailboxes`` by name and language on top of it; ``off`` are letters that are not sent;
    ``switch`` holds or stops those of all mailboxes; ``logos`` by file."""

    all: Mapping[str, Mapping[str, str]]
    mailboxes: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    switch: LettersMode = LettersMode.LIVE
    logos: Mapping[str, Logo] = field(default_factory=dict)

    def of(self, mailbox: str, language: str) -> dict[str, str]:
        """The words of that mailbox in that language."""
        tongue = language if language in self.all else "en"
        return {**self.all[tongue], **self.mailboxes.get(mailbox, {}).get(tongue, {})}

    def logo(self, mailbox: str, language: str) -> Logo | None:
        return self.logos.get(self.of(mailbox, language).get("logo", ""))


def read_letter_words(
    files: Mapping[str, str], names: Collection[str], mailboxes: Collection[str] = ()
) -> tuple[LetterWords, tuple[Problem, ...]]:
    """The words that ship with ``replies/wording.yaml`` on top; ``names`` are the letters that can be off,
    ``mailboxes`` those that there are, if they are known."""
    logos, problems = _read_logos(files)
    reading = _Reading(files=files, names=names, known=mailboxes)
    shipped = (package_files("responder") / "builtin" / FILE).read_text("utf-8")
    reading.read(f"builtin:{FOLDER}{FILE}", shipped)
    if FOLDER + FILE in files:
        reading.read(FOLDER + FILE, files[FOLDER + FILE])
    words = LetterWords(
        all=reading.all, mailboxes=reading.mailboxes, off=frozenset(reading.off), switch=reading.switch, logos=logos
    )
    return words, (*problems, *reading.problems)


class _Reading:
    def __init__(self, *, files: Mapping[str, str], names: Collection[str], known: Collection[str]) -> None:
        self._files, self._names, self._known = files, names, known
        self.all: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        self.mailboxes: dict[str, dict[str, dict[str, str]]] = {}
        self.off: list[str] = []
        self.switch = LettersMode.LIVE
        self.problems: list[Problem] = []

    def read(self, file: str, content: str) -> None:
        reader = Reader(file)
        root = reader.document(content)
        if root is not None:
            what = ("信件用语", "wording")
            found = reader.mapping(root, what, optional=(*WORDS, "mailboxes", "off", "letters")) or {}
            self._words(reader, found, self.all)
            self._off(reader, found.get("off"))
            if "letters" in found:
                modes = {str(mode): mode for mode in LettersMode}
                self.switch = reader.one_of(found["letters"], ("letters", "letters"), modes) or self.switch
            for name, node in reader.entries(found["mailboxes"], ("mailboxes",) * 2) if "mailboxes" in found else ():
                self._require_known(reader, name)
                own = reader.mapping(node, (f"信箱 {name.text} 的用语", "wording"), optional=WORDS) or {}
                self._words(reader, own, self.mailboxes.setdefault(name.text, {each: {} for each in LANGUAGES}))
        self.problems.extend(reader.problems)

    def _require_known(self, reader: Reader, name: Scalar) -> None:
        if self._known and name.text not in self._known:
            near, listed = nearest(name.text, tuple(self._known)), ", ".join(self._known)
            reader.problem(
                name, f"没有信箱 {name.text}", f"no mailbox {name.text!r}",
                f"是不是 {near}？" if near else f"可以是：{listed}",
                f"did you mean {near}?" if near else f"possible: {listed}",
            )  # fmt: skip

    def _off(self, reader: Reader, node: Node | None) -> None:
        for item in reader.items(node, ("off", "off")) if node is not None else ():
            name = reader.one_of(item, ("信件", "letter"), {each: each for each in sorted(self._names)})
            self.off.extend([name] if name else ())

    def _words(self, reader: Reader, found: Mapping[str, Node], into: dict[str, dict[str, str]]) -> None:
        """Each key is one text for all languages, or one a language."""
        for key, node in found.items():
            if key not in WORDS:
                continue
            if not isinstance(node, MapNode):
                word = self._word(reader, key, node)
                for language in LANGUAGES:
                    into[language][key] = word
                continue
            for name, text in node.entries:
                if name.text in LANGUAGES:
                    into[name.text][key] = self._word(reader, key, text)
                else:
                    reader.unknown(name, ("语言", "language"), LANGUAGES)

    def _word(self, reader: Reader, key: str, node: Node) -> str:
        word = one_line(reader.text(node, (key, key), empty=True) or "", 200)
        if key == "portal" and word and not word.startswith(_WEB):
            example = "https://help.example.com"
            reader.problem(
                node, "portal 要写完整网址", "portal is a whole address", f"例如 {example}", f"for example {example}"
            )
            return ""
        if key == "logo" and word and word not in self._files:
            held = sorted(path for path in self._files if path.endswith(PICTURES))
            zh = f"可以用：{'、'.join(held)}" if held else "先把图片放到 replies/ 里"
            en = f"possible: {', '.join(held)}" if held else "put the picture into replies/ first"
            reader.problem(node, f"没有文件 {word}", f"there is no file {word}", zh, en)
        return word.rstrip("/") if key == "portal" else word


def _read_logos(files: Mapping[str, str]) -> tuple[dict[str, Logo], list[Problem]]:
    logos: dict[str, Logo] = {}
    problems: list[Problem] = []
    for path in sorted(each for each in files if each.startswith(FOLDER) and each.endswith(PICTURES)):
        found = read_logo(files[path])
        if found is None:
            limit = MOST_OCTETS // 1000
            problems.append(
                Problem(
                    file=path, line=1, column=1, zh=f"不是 {limit} KB 以内的 PNG 或 JPEG 图片",
                    en=f"no PNG or JPEG picture of at most {limit} KB",
                )
            )  # fmt: skip
        else:
            logos[path] = found
    return logos, problems
