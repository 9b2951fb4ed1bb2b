"""The documents point at what exists and list what the code has."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import textwrap
from pathlib import Path
from typing import Any

import pytest

from core.settings.mailboxes import KEYS as MAILBOX_KEYS
from core.settings.mailboxes import read_mailboxes
from core.settings.providers import PROVIDERS
from core.settings.taxonomy import read_taxonomy
from huiying.app.cli.commands import program
from responder.letter_reader import read_letter
from responder.template import VARIABLES, text_environment
from rules.actions import ACTIONS
from rules.book import compile_book
from rules.conditions.registry import CONDITIONS
from rules.operators.text import OPERATORS
from rules.testing import test_local_rules
from tests.house.tree import ROOT, files, module_of, name_of, nodes, python_files, syntax

DOCUMENTS = sorted(path for path in files() if path.suffix == ".md")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PAIRED = ("tutorial", "how-to")
"""Kinds of documents that exist in both languages."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_inside_the_project_leads_somewhere(document):
    """A reader never meets a dead link or a missing picture."""
    targets = (target.split("#")[0] for target in LINK.findall(document.read_text(encoding="utf-8")))
    inside = [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]
    assert not [target for target in inside if not (document.parent / target).exists()]


@pytest.mark.parametrize("kind", PAIRED)
def test_what_users_follow_step_by_step_exists_in_both_languages(kind):
    """Each tutorial and how-to has its Chinese equal with the same commands."""
    for english in (ROOT / "docs" / kind).glob("*.md"):
        if english.name.endswith(".zh-CN.md"):
            continue
        chinese = english.with_suffix(".zh-CN.md")
        assert chinese.exists(), name_of(english)
        assert _commands(english) == _commands(chinese)


def _command_lines(document: Path) -> list[list[str]]:
    """The ``./run …`` lines of the code blocks, as words; what follows a comment sign is left out."""
    lines = re.findall(r"^\s*\./run (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def _commands(document: Path) -> list[list[str]]:
    """The same without what an admin puts in himself."""
    lines = [[word for word in words if word.isascii() and word.islower()] for words in _command_lines(document)]
    assert lines, name_of(document)
    return lines


def test_both_readmes_name_the_same_commands():
    """Whoever reads either of them can start."""
    assert _commands(ROOT / "README.md") == _commands(ROOT / "README.zh-CN.md") == [["demo"], ["test"]]


def test_every_error_code_is_in_the_reference():
    """A code that a user meets can be looked up, with the exit code that a script sees."""
    reference = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (\d) \|", reference, re.MULTILINE))
    assert listed == _errors()


OF_THE_CHECKOUT = ("test", "check", "fix", "python", "uv", "lock")
"""Commands of ``./run`` itself; all others are passed on."""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=f"{name_of(document)}: {' '.join(words)}")
        for document in DOCUMENTS
        for words in _command_lines(document)
        if words[0] not in OF_THE_CHECKOUT and words[0].isascii()
    ],
)
def test_a_command_in_the_documents_is_one_that_exists(words):
    """What readers type has a command and options by these names, and as many arguments as it takes."""
    given = list(words)
    while "--home" in given:
        del given[given.index("--home") : given.index("--home") + 2]
    command: Any = program()
    while given and given[0] in getattr(command, "commands", {}):
        command = command.commands[given.pop(0)]
    options = {name: parameter for parameter in command.params for name in parameter.opts if name.startswith("--")}
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    while given:
        word = given.pop(0)
        if word.startswith("--"):
            assert word in options
            if not options[word].is_flag:
                given.pop(0)
        else:
            assert arguments, word
            # The last one may take as many as there are.
            given = [] if arguments.pop(0).nargs < 0 else given
    assert not [argument.name for argument in arguments if argument.required]


def _first_column(document: str, heading: str) -> set[str]:
    """The words in backticks of the first column of the table under a heading (or of the whole document)."""
    text = (ROOT / "docs" / "reference" / document).read_text(encoding="utf-8")
    _, _, section = text.partition(heading)
    cells = re.findall(r"^\| ([^|]+) \|", re.split(r"^## ", section, flags=re.MULTILINE)[0], re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}


def test_every_condition_operator_and_action_is_in_the_reference():
    """Whoever writes a rule finds every word that a rule can hold, and none that it cannot."""
    assert _first_column("rules.md", "## Conditions\n") == set(CONDITIONS)
    assert _first_column("rules.md", "## Operators of") == set(OPERATORS)
    assert _first_column("rules.md", "## Actions\n") == set(ACTIONS)


def test_every_variable_of_a_letter_is_in_the_reference():
    """Whoever writes a letter finds every name that the template checker accepts."""
    assert _first_column("letters.md", "is refused when the file is checked.") == set(VARIABLES)


def test_the_examples_of_the_rules_reference_pass_as_a_rule_file():
    """The rule that readers copy is one that the product accepts, and its examples hold."""
    text = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    rule_file = text.split("```yaml\n")[1].split("```")[0]
    taxonomy, problems = read_taxonomy((ROOT / "config" / "taxonomy.yaml").read_text(encoding="utf-8"), "taxonomy.yaml")
    assert taxonomy is not None
    assert not problems
    words = {"outage": ("not working", "has been down")}
    book, problems = compile_book({"rules/till.yaml": rule_file}, taxonomy, words=words)
    assert not problems
    tried = test_local_rules(book)
    assert tried.local.examples == 2
    assert not tried.failed


def test_the_letter_of_the_reference_is_accepted():
    """The letter that readers copy passes the check of letters."""
    text = (ROOT / "docs" / "reference" / "letters.md").read_text(encoding="utf-8")
    letter = text.split("```jinja\n")[1].split("```")[0]
    read, problems = read_letter(text_environment(), "replies/acknowledgement.en.j2", letter)
    assert not problems
    assert read is not None


def _errors() -> dict[str, str]:
    """Code and exit code of each error class of the domain, the exit code inherited."""
    found: dict[str, tuple[str, int]] = {}
    classes = [
        node
        for path in python_files()
        if name_of(path).startswith("core/domain/")
        for node in syntax(path).body
        if isinstance(node, ast.ClassDef)
    ]
    exits: dict[str, int] = {}
    for node in sorted(classes, key=lambda node: node.name != "HuiyingError"):
        own = {
            line.targets[0].id: ast.literal_eval(line.value)
            for line in node.body
            if isinstance(line, ast.Assign)
            and isinstance(line.targets[0], ast.Name)
            and isinstance(line.value, ast.Constant)
        }
        if "code" in own:
            parents = [exits[ast.unparse(base)] for base in node.bases if ast.unparse(base) in exits]
            exits[node.name] = own.get("exit_code", parents[0] if parents else 1)
            found[node.name] = (own["code"], exits[node.name])
    return {code: str(exit_code) for code, exit_code in found.values()}


def test_what_is_vendored_is_named_with_its_licence():
    """Each vendored file has its licence text beside it, and NOTICE names both."""
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    vendor = ROOT / "huiying" / "console" / "static" / "vendor"
    licences = {path.name.split(".")[0] for path in vendor.glob("*.LICENSE.txt")}
    assert licences
    for path in vendor.iterdir():
        known_as = re.split(r"[-.]\d|\.", path.name)[0]
        assert any(known_as.startswith(name) for name in licences), path.name
    assert not [path.name for path in vendor.glob("*.LICENSE.txt") if path.name not in notice]


def test_every_source_of_the_seed_is_named():
    """Texts that others wrote are named with their licence; the letters are ours."""
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    seed = sorted(path.name for path in (ROOT / "classifier" / "seed").glob("*.jsonl"))
    named = sorted(re.findall(r"\(classifier/seed/(\w+\.jsonl)\)", notice))
    assert named == [name for name in seed if not name.startswith("letters.")]


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"])
def test_a_path_in_the_documents_is_one_that_exists(document):
    """Who follows a name in the text finds the file."""
    text = (ROOT / document).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.(?:py|toml|md))?)`", text)
    assert not [path for path in paths if path != "data/" and not (ROOT / path).exists()]


def test_the_changelog_is_newest_first():
    """Whoever upgrades reads from the top."""
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    versions = [tuple(map(int, heading.split("."))) for heading in headings if heading != "Unreleased"]
    assert headings
    assert versions == sorted(versions, reverse=True)
    assert "Unreleased" not in headings[1:]


def test_every_decision_is_in_the_list():
    """A decision that nobody finds is made again."""
    folder = ROOT / "docs" / "explanation" / "decisions"
    listed = re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


PROVIDER_ROW = re.compile(
    r"^\| `([\w-]+)` \| [^|]+ \| `([\w.-]+):(\d+)` (\w+) \| `([\w.-]+):(\d+)` (\w+) \|$", re.MULTILINE
)


@pytest.mark.parametrize("ending", ["", ".zh-CN"])
def test_every_provider_is_described_as_it_is_built_in(ending):
    """Whoever sets up a mailbox reads the servers that it will ask; what the guide shows is a sound mailbox."""
    guide = (ROOT / "docs" / "how-to" / f"providers{ending}.md").read_text(encoding="utf-8")
    told = {name: ((a, int(b), c), (d, int(e), f)) for name, a, b, c, d, e, f in PROVIDER_ROW.findall(guide)}
    assert told == {name: (known.imap, known.smtp) for name, known in PROVIDERS.items()}
    examples = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        (box,), problems = read_mailboxes(textwrap.dedent(example), "mailboxes.yaml")
        assert problems == () and box.provider in PROVIDERS


SETTINGS = sorted(path for room in ("core/settings", "responder", "rules") for path in (ROOT / room).rglob("*.py"))
QUOTED = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def _keys_read_in(path: Path) -> set[str]:
    """Every key that a mapping may have which this module reads: what stands in ``required`` and ``optional``; where
    that is put together inside a function, every list of words of the module."""
    names = vars(importlib.import_module(module_of(path)))
    found: set[str] = set()
    for call in (node for node in nodes(path) if isinstance(node, ast.Call)):
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == "mapping"):
            continue
        for keyword in (one for one in call.keywords if one.arg in ("required", "optional")):
            try:
                found |= set(eval(compile(ast.Expression(keyword.value), str(path), "eval"), dict(names)))
            except NameError:
                lists = (value for value in names.values() if isinstance(value, tuple) and value)
                found |= {word for words in lists for word in words if re.fullmatch(r"[a-z_]+", str(word))}
    return found


@pytest.mark.parametrize("path", [path for path in SETTINGS if ".mapping(" in path.read_text("utf-8")], ids=name_of)
def test_every_key_of_a_configuration_file_is_in_the_reference(path):
    """What can be written can be looked up: among the quoted words of the pages on configuration, rules, letters."""
    pages = (ROOT / "docs" / "reference" / f"{name}.md" for name in ("configuration", "rules", "letters"))
    words = set(re.findall(r"[\w-]+", " ".join(" ".join(QUOTED.findall(page.read_text("utf-8"))) for page in pages)))
    assert _keys_read_in(path) - words == set()


def test_every_document_is_in_the_list_of_documents():
    """What is not listed is not found."""
    listed = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [
        path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "decisions" and path.name != "README.md"
    ]
    assert len(pages) > 20
    assert [name for path in pages if (name := path.relative_to(ROOT / "docs").as_posix()) not in listed] == []


def test_every_key_of_a_mailbox_is_in_the_reference():
    """What can be written can be looked up."""
    section = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    section = section.partition("## `mailboxes.yaml`")[2].partition("\n## ")[0]
    assert not [key for key in MAILBOX_KEYS if f"`{key}`" not in section]
