"""Compiles the SLA policies: the built-in ones, overridden or joined by local files, by name (DOMAIN 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import ListNode, MapNode, Node
from core.settings.reader import Reader
from responder.policy import Cadence, Policy, Table
from responder.policy_reader import PolicyFile, read_policy

__all__ = ["DEFAULT_POLICY", "FOLDER", "Cadence", "Policy", "Table", "compile_policies"]

FOLDER = "sla/"
DEFAULT_POLICY = "standard"
_TYPES_AT = (("next_update", "complex", "when", "type"), ("result", "check", "type"))
_NEEDED = ("acknowledgement", "first_response", "next_update", "resolution")


def compile_policies(
    files: Mapping[str, str], taxonomy: Taxonomy | None = None
) -> tuple[Mapping[str, Policy], tuple[Problem, ...]]:
    """The built-in policies, overridden or joined by ``sla/*.yaml`` of the bundle, by name; and all problems.

    A file may say ``based_on: NAME`` of a built-in policy and then only what differs from it. Types are values of the
    ``taxonomy``, under whatever name a file or a ticket has them."""
    problems: list[Problem] = []
    shipped = {draft.name: draft for draft in _read_all(_built_in(), problems)}
    local = _unique(_read_all(_local(files), problems), problems)
    if taxonomy is not None:
        problems.extend(problem for draft in local for problem in _unknown_types(draft, taxonomy))
    policies: dict[str, Policy] = {}
    for draft in (*shipped.values(), *local):
        policy = _resolve(draft, shipped, problems)
        if policy is not None:
            policies[policy.name] = _under_every_key(policy, taxonomy) if taxonomy else policy
    return policies, tuple(problems)


@cache
def _built_in() -> Mapping[str, str]:
    folder = package_files("responder") / "builtin" / "policies"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {f"builtin:{FOLDER}{name}": (folder / name).read_text("utf-8") for name in names}


def _local(files: Mapping[str, str]) -> dict[str, str]:
    return {path: files[path] for path in sorted(files) if path.startswith(FOLDER) and path.endswith((".yaml", ".yml"))}


def _under_every_key(policy: Policy, taxonomy: Taxonomy) -> Policy:
    """A type that was renamed is asked for by all names under which tickets may have it."""

    def keys(types: tuple[str, ...]) -> tuple[str, ...]:
        named = (value.key if (value := taxonomy.find("type", one)) else one for one in types)
        return tuple(dict.fromkeys(key for one in named for key in taxonomy.keys("type", one)))

    return replace(policy, complex_types=keys(policy.complex_types), checked_types=keys(policy.checked_types))


def _unknown_types(draft: PolicyFile, taxonomy: Taxonomy) -> list[Problem]:
    """Types that the taxonomy does not have. A publication is refused for them; a policy that went live before its
    types were looked at still holds all that it says, since nothing is ever filed under them."""
    reader = Reader(draft.file)
    for path in _TYPES_AT:
        node: Node | None = draft.root
        for key in path:
            node = node.get(key) if isinstance(node, MapNode) else None
        for item in node.items if isinstance(node, ListNode) else (node,) if node else ():
            reader.value_of(item, taxonomy, "type")
    return reader.problems


def _read_all(files: Mapping[str, str], problems: list[Problem]) -> list[PolicyFile]:
    drafts = []
    for file, content in files.items():
        reader = Reader(file)
        draft = read_policy(reader, content)
        problems.extend(reader.problems)
        if draft is not None:
            draft.broken = bool(reader.problems)
            drafts.append(draft)
    return drafts


def _unique(drafts: list[PolicyFile], problems: list[Problem]) -> list[PolicyFile]:
    seen: dict[str, PolicyFile] = {}
    for draft in drafts:
        if draft.name not in seen:
            seen[draft.name] = draft
            continue
        reader = Reader(draft.file)
        reader.problem(
            draft.root.get("name") if isinstance(draft.root, MapNode) else draft.root,
            f"时限方案 {draft.name!r} 重复", f"the policy {draft.name!r} is defined twice",
            f"已在 {seen[draft.name].file} 定义", f"it is defined in {seen[draft.name].file}",
        )  # fmt: skip
        problems.extend(reader.problems)
    return list(seen.values())


def _resolve(draft: PolicyFile, shipped: Mapping[str, PolicyFile], problems: list[Problem]) -> Policy | None:
    """The policy of a draft with what its base says where it is silent."""
    reader = Reader(draft.file)
    base = shipped.get(draft.base)
    if draft.base and (base is None or base.base):
        node = draft.root.get("based_on") if isinstance(draft.root, MapNode) else None
        roots = [name for name, other in shipped.items() if not other.base]
        reader.problem(
            node,
            f"没有内置时限方案 {draft.base!r} 可供继承", f"there is no built-in policy {draft.base!r} to build on",
            f"可以写：{'、'.join(roots)}", f"possible: {', '.join(roots)}",
        )  # fmt: skip
    elif not draft.base:
        for part in _NEEDED:
            if part not in draft.present:
                reader.problem(
                    draft.root, f"时限方案缺少 {part}", f"the policy lacks {part!r}",
                    f"加上 {part}: …，或写 based_on: {DEFAULT_POLICY}", f"add {part}: … or based_on: {DEFAULT_POLICY}",
                )  # fmt: skip
    problems.extend(reader.problems)
    if reader.problems or draft.broken or (base and base.broken):
        return None
    parts = {**(base.parts if base else {}), **draft.parts}
    digest = hashlib.sha256(((base.content if base else "") + "\0" + draft.content).encode()).hexdigest()[:12]
    return _policy(draft, digest, parts)


def _policy(draft: PolicyFile, version: str, parts: Mapping[str, object]) -> Policy:
    return Policy(name=draft.name, version=version, file=draft.file, examples=draft.examples, **parts)  # type: ignore[arg-type]  # typed when read
