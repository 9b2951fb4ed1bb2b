"""Writes other values into one item of a YAML list; every line that says the same, and every comment, stays.

Places in the text are patched: a dump of the whole document (also a round trip of ruamel, which keeps a comment
with the value before it) would lose the comments of what is removed and break lines anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import yaml

from core.settings.nodes import ListNode, MapNode, Node, read_nodes
from core.settings.plain import Plain, block_yaml, fits_in_line, flow_yaml, plain_of

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of a file's list: ``first`` and ``last`` are its lines from 0, ``last`` not included."""

    value: Plain
    node: Node
    first: int
    last: int


def items_of(content: str, key: str) -> tuple[Item, ...] | None:
    """The items of the list under that top-level key, each in lines of its own; None when the file is not so."""
    root, problems = read_nodes(content, "")
    listed = root.get(key) if isinstance(root, MapNode) else None
    if root is None or problems or not isinstance(listed, ListNode):
        return None
    lines = content.split("\n")
    firsts = [_dash_line(lines, item.line - 1) for item in listed.items]
    if None in firsts or len(set(firsts)) < len(firsts) or _is_flow(lines, listed):
        return None
    starts = [first for first in firsts if first is not None]
    ends = [*starts[1:], len(lines)]
    return tuple(
        Item(value=plain_of(node), node=node, first=first, last=last)
        for node, first, last in zip(listed.items, starts, ends, strict=True)
    )


def with_item(content: str, key: str, place: int, new: Plain) -> str:
    """The content in which the item at that place says ``new``. Raises ``ValueError`` when ``items_of`` finds none."""
    items = items_of(content, key)
    if items is None or not 0 <= place < len(items):
        raise ValueError("the item does not stand in lines of its own")
    lines, old = content.split("\n"), items[place]
    chunk = "\n".join(lines[old.first : old.last])
    for write in (_patched, _anew):
        text = "\n".join([*lines[: old.first], write(chunk, new), *lines[old.last :]])
        found = items_of(text, key)
        if (
            found
            and len(found) == len(items)
            and all(
                is_same(one.value, new if number == place else items[number].value) for number, one in enumerate(found)
            )
        ):
            return text
    raise ValueError("the item cannot be written")


def with_new_item(content: str, key: str, new: Plain) -> str:
    """The content with one item more at the end of its list."""
    items = items_of(content, key)
    indent = 2
    if items:
        line = content.split("\n")[items[0].first]
        indent = len(line) - len(line.lstrip())
    entry = " " * indent + "\n".join(block_yaml([new], indent)) + "\n"
    if not content.strip():
        return f"{key}:\n{entry}"
    empty = re.compile(rf"^{re.escape(key)}:[ ]*(\[\s*\])?[ ]*(?=#|$)", re.MULTILINE)
    if not items and empty.search(content):
        head, tail = content[: (at := empty.search(content)).start()], content[at.end() :]  # type: ignore[union-attr]  # searched above
        comment, _, rest = tail.partition("\n")
        return f"{head}{key}:{' ' if comment else ''}{comment}\n{entry}{rest}"
    return content.rstrip("\n") + "\n\n" + entry


def is_same(old: Plain, new: Plain) -> bool:
    """Whether two values mean the same: a single text is a list of one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return set(old) == set(new) and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    return old == new or [old] == new or old == [new]


def _dash_line(lines: list[str], line: int) -> int | None:
    """The line with the dash of an item whose value begins in that line."""
    while line >= 0:
        text = lines[line].lstrip()
        if text.startswith("- ") or text.rstrip() == "-":
            return line
        if text and not text.startswith("#") and not lines[line].startswith(" "):
            return None
        line -= 1
    return None


def _is_flow(lines: list[str], listed: ListNode) -> bool:
    return lines[listed.line - 1][listed.column - 1 : listed.column] == "["


@dataclass(slots=True, kw_only=True)
class _Patch:
    """What of a text is to be replaced: (start, end, new text) that do not overlap, and comments to be kept."""

    text: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, start: int, end: int, new: str) -> None:
        self.edits.append((start, end, new))

    def applied(self) -> str:
        text = self.text
        ordered = sorted(enumerate(self.edits), key=lambda one: (one[1][0], one[0]), reverse=True)
        for _, (start, end, new) in ordered:
            text = text[:start] + new + text[end:]
        return text

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def column(self, at: int) -> int:
        return at - self.line_start(at)

    def keep_comments(self, start: int, end: int, node: yaml.Node | None, above: int) -> None:
        """Moves the comments between two places to lines of their own above the line of ``above``."""
        found = list(_comments(self.text, start, end, node))
        line = self.line_start(above)
        indent = len(self.text[line:above]) - len(self.text[line:above].lstrip())
        if found:
            self.edits.append((line, line, "".join(f"{' ' * indent}{one}\n" for one in found)))


def _comments(text: str, start: int, end: int, node: yaml.Node | None) -> Iterator[str]:
    """Comments stand between scalars, never in them."""
    for leaf in _leaves(node) if node is not None else ():
        if start <= leaf.start_mark.index <= end:
            yield from (one[0].rstrip() for one in _COMMENT.finditer(text[start : leaf.start_mark.index]))
            start = max(start, _end(leaf))
    yield from (one[0].rstrip() for one in _COMMENT.finditer(text[start:end]))


def _leaves(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _leaves(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(key)
            yield from _leaves(value)


def _end(node: yaml.Node) -> int:
    """Where a node's own text ends; the parser lets a block end where the next thing begins."""
    if isinstance(node, yaml.ScalarNode):
        if node.style in ("|", ">"):
            buffer: str = node.end_mark.buffer[: node.end_mark.index] if node.end_mark.buffer else ""
            return len(buffer.rstrip()) if buffer else int(node.end_mark.index)
        return int(node.end_mark.index)
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _anew(chunk: str, new: Plain) -> str:
    """The item written anew, with all comments of the old one above it."""
    indent = len(chunk) - len(chunk.lstrip())
    node = _composed(chunk)
    end = _end(node)
    kept = [" " * indent + one + "\n" for one in _comments(chunk, 0, end, node)]
    return "".join(kept) + " " * indent + "\n".join(block_yaml([new], indent)) + chunk[end:]


def _patched(chunk: str, new: Plain) -> str:
    node = _composed(chunk)
    patch = _Patch(text=chunk)
    _write(patch, node.value[0], new, above=node.value[0].start_mark.index)
    return patch.applied()


def _composed(chunk: str) -> yaml.SequenceNode:
    node = yaml.compose(chunk, Loader=yaml.BaseLoader)
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("not an item of a list")
    return node


def _value_of(node: yaml.Node) -> Plain:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value_of(item) for item in node.value]
    return {str(key.value): _value_of(value) for key, value in node.value}


def _write(patch: _Patch, node: yaml.Node, new: Plain, *, above: int) -> None:
    """``above`` is a place in the line over which comments go that have no line any more."""
    if is_same(_value_of(node), new):
        return
    if isinstance(node, yaml.MappingNode) and isinstance(new, dict) and new and not node.flow_style:
        _write_mapping(patch, node, new, above)
    elif isinstance(node, yaml.SequenceNode) and isinstance(new, list) and new and not node.flow_style:
        _write_list(patch, node, new)
    else:
        _put(patch, node, new, above)


def _put(patch: _Patch, node: yaml.Node, new: Plain, above: int) -> None:
    """Another value in the place of a node."""
    start, end = node.start_mark.index, max(_end(node), node.start_mark.index)
    patch.keep_comments(start, end, node, above)
    in_list = patch.text[patch.line_start(start) : start].rstrip(" ").endswith("-")
    if fits_in_line(new):
        space = "" if patch.text[start - 1 : start] in (" ", "\n", "") else " "
        own_line = not patch.text[patch.line_start(start) : start].strip()
        if own_line:
            # The old value began below its key: the new one stands behind it.
            start = len(patch.text[:start].rstrip())
            space = " "
        patch.replace(start, end, space + flow_yaml(new))
    elif in_list:
        patch.replace(start, end, "\n".join(block_yaml(new, patch.column(start))))
    else:
        line = patch.line_start(above)
        indent = above - line + 2
        own_line = not patch.text[patch.line_start(start) : start].strip()
        text = " " * indent + "\n".join(block_yaml(new, indent))
        if own_line:
            patch.replace(patch.line_start(start), end, text)
        else:
            patch.replace(len(patch.text[:start].rstrip()), end, "")
            at = patch.line_end(end)
            patch.replace(at, at, "\n" + text)


def _write_mapping(patch: _Patch, node: yaml.MappingNode, new: dict[str, Plain], above: int) -> None:
    entries = {str(key.value): (key, value) for key, value in node.value}
    column = patch.column(node.value[0][0].start_mark.index)
    kept = [name for name in entries if name in new]
    if not kept:
        _put(patch, node, new, above)
        return
    names = list(entries)
    for number, (name, (key, value)) in enumerate(entries.items()):
        if name in new:
            _write(patch, value, new[name], above=key.start_mark.index)
        else:
            after = entries[names[number + 1]][0] if number + 1 < len(names) else None
            _drop(patch, key.start_mark.index, _end(value), after)
    before = kept[0]
    for name, value in new.items():
        if name in entries:
            before = name
            continue
        at = patch.line_end(max(_end(entries[before][1]), _end(entries[before][0])))
        text = "\n".join(block_yaml({name: value}, column))
        patch.replace(at, at, f"\n{' ' * column}{text}")


def _drop(patch: _Patch, start: int, end: int, after: yaml.Node | None) -> None:
    """Takes out an entry; what follows it takes its place behind a dash."""
    line = patch.line_start(start)
    if not patch.text[line:start].strip():
        stop = patch.line_end(end)
        patch.replace(line, min(stop + 1, len(patch.text)), "")
    elif after is not None:
        patch.keep_comments(end, after.start_mark.index, None, start)
        patch.replace(start, after.start_mark.index, "")


def _write_list(patch: _Patch, node: yaml.SequenceNode, new: list[Plain]) -> None:
    old = [_value_of(item) for item in node.value]
    matcher = SequenceMatcher(None, list(map(_text, old)), list(map(_text, new)), autojunk=False)
    dash = node.start_mark.index
    column = patch.column(dash)
    for tag, a, b, c, d in matcher.get_opcodes():
        pairs = min(b - a, d - c) if tag == "replace" else 0
        for step in range(pairs):
            item = node.value[a + step]
            _write(patch, item, new[c + step], above=item.start_mark.index)
        if tag != "equal":
            for item in node.value[a + pairs : b]:
                _drop(patch, patch.text.rindex("-", 0, item.start_mark.index), _end(item), None)
            added = "".join(
                f"{' ' * column}" + "\n".join(block_yaml([one], column)) + "\n" for one in new[c + pairs : d]
            )
            if added and a + pairs > 0:
                at = patch.line_end(_end(node.value[a + pairs - 1]))
                patch.replace(at, at, "\n" + added.rstrip("\n"))
            elif added:
                at = patch.line_start(patch.text.rindex("-", 0, node.value[0].start_mark.index))
                patch.replace(at, at, added)


def _text(value: Plain) -> str:
    return flow_yaml(value)
