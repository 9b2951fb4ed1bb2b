"""Commands of the classifier: classify, train, evaluate."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from core.domain.decision import Facts
from core.domain.errors import BadInput, Unavailable, WrongUsage
from core.domain.ticket import Message
from core.text.segment import Segmenter
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.one_mail import parsed_mail
from huiying.app.cli.state import Call, call_of
from huiying.app.clock import now
from huiying.app.model import LazyModel, ServingModel, seed_model
from huiying.flows.classify import as_json, facts_of, message_of, text_message
from huiying.flows.classify import classify as decide_all
from huiying.flows.desk import Desk
from huiying.flows.ports import Suggester

BATCH = 64


def classify(
    ctx: typer.Context,
    text: str = typer.Argument("", metavar="TEXT", help="文字，- 为标准输入；--jsonl 时为文件 · - for stdin"),
    mail: Path | None = typer.Option(None, help="一封邮件 · a mail file"),
    jsonl: bool = typer.Option(False, "--jsonl", help="每行 {text, subject} · a JSON object a line"),
    subject: str = typer.Option("", help="主题 · the subject"),
) -> int:
    """系统预判与判定 · What would be suggested and decided."""
    call = call_of(ctx)
    desk, model = call.desk(), _model(call)
    facts: Sequence[Facts] = ()
    if jsonl:
        return _classify_lines(desk, model, call, text)
    if mail is not None:
        parsed, at = parsed_mail(read_bytes(mail)), now()
        message, facts = message_of(parsed, at), [facts_of(desk, parsed, at)]
    elif text:
        body = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
        message = text_message(subject, body, now())
    else:
        raise WrongUsage("需要 TEXT、-、--mail 或 --jsonl (what shall be classified?)")
    answer = as_json(desk, decide_all(desk, model(), [message], Segmenter(), facts)[0], call.language)
    if call.wants_json:
        emit(answer)
    else:
        _print(answer)
    return 0


def _model(call: Call) -> Callable[[], Suggester]:
    """The model that serves in the home that was named, if it can be opened; else the one that ships."""
    if not call.has_home:
        return LazyModel(seed_model)
    try:
        with call.app() as app:
            model = ServingModel(app.store)
            model()
            return model
    except Unavailable as error:
        say(f"huiying: {error.message}; 使用随附的模型 (the shipped model speaks)")
        return LazyModel(seed_model)


def _print(answer: dict[str, Any]) -> None:
    for name in ("type", "urgency", "emotion", "topic", "priority", "team"):
        field = answer[name]
        sure = f"把握 {field['confidence']:.0%}" if field["confidence"] is not None else ""
        write_line(f"{name:8} {field['label']}  [{field['by']}] {field['because']} {sure}".rstrip())
    if answer["abstained"]:
        write_line(f"模型没有预判 (the model abstains): {answer['abstained_words']}")
    for rule in answer["rules"]:
        write_line(f"  {rule['id']} ({rule['where']}): {'、'.join(rule['words'])}")


def _classify_lines(desk: Desk, model: Callable[[], Suggester], call: Call, file: str) -> int:
    code, segmenter = 0, Segmenter()
    for batch in _batches(_lines(file)):
        good = [(place, message) for place, message, _ in batch if message is not None]
        decisions = decide_all(desk, model(), [message for _, message in good], segmenter)
        answers = {place: decision for (place, _), decision in zip(good, decisions, strict=True)}
        for place, _, error in batch:
            if place in answers:
                emit(as_json(desk, answers[place], call.language))
            else:
                emit({"error": error, "line": place})
                code = 1
    return code


def _lines(file: str) -> Iterator[tuple[int, Message | None, str]]:
    """(line from 1, message or None, error) of each line that is not blank."""
    data = sys.stdin.buffer if file in ("", "-") else _opened(file)
    for place, line in enumerate(data, 1):
        if not line.strip():
            continue
        try:
            yield place, _line_message(json.loads(line)), ""
        except (ValueError, BadInput) as error:
            yield place, None, str(error)


def _opened(file: str) -> Iterable[bytes]:
    return read_bytes(Path(file)).splitlines(keepends=True)


def _line_message(row: object) -> Message:
    if isinstance(row, str):
        return text_message("", row, now())
    if not isinstance(row, dict):
        raise BadInput("a line must be an object with text and perhaps subject")
    text, subject = row.get("text", row.get("body", "")), row.get("subject", "")
    if not isinstance(text, str) or not isinstance(subject, str) or ("text" not in row and "body" not in row):
        raise BadInput("text must be there and be a string")
    return text_message(subject, text, now())


def _batches(
    lines: Iterator[tuple[int, Message | None, str]],
) -> Iterator[list[tuple[int, Message | None, str]]]:
    batch = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


_LABEL = typer.Option(..., "--label", help="字段=目标，可多次 · KEY=TARGET, repeatable")


def train(
    ctx: typer.Context,
    data: Path = typer.Option(..., help="JSONL 文件 · rows to learn from"),
    out: Path = typer.Option(..., help="模型文件 · where the model goes"),
    label: list[str] = _LABEL,
    text: str = typer.Option("text", help="正文的字段名 · key of the text"),
    subject: str | None = typer.Option(None, help="主题的字段名 · key of the subject"),
    stream: bool = typer.Option(
        False, "--stream", help="逐条重放，每百条报告正确率 · replay as corrections; accuracy by hundred first"
    ),
) -> None:
    """训练模型 · Fit a model on labelled rows; the last line on stdout is its card."""
    from classifier import commands

    desk = call_of(ctx).desk()
    targets, hits, words = _targets(label), _hits(desk), Segmenter(extra=desk.words)
    if stream:
        commands.stream(data, text, subject, targets, out, emit, say, hits=hits, words=words)
    else:
        emit(commands.train(data, text, subject, targets, out, say, hits=hits, words=words))


def evaluate(
    ctx: typer.Context,
    model: Path = typer.Option(..., help="模型文件 · the model"),
    data: Path = typer.Option(..., help="JSONL 文件 · labelled rows"),
    label: list[str] = _LABEL,
    text: str = typer.Option("text", help="正文的字段名 · key of the text"),
    subject: str | None = typer.Option(None, help="主题的字段名 · key of the subject"),
) -> None:
    """评估模型 · Score a model's own word on labelled rows."""
    from classifier.commands import evaluate as score

    emit(score(model, data, text, subject, _targets(label), say, hits=_hits(call_of(ctx).desk())))


def _targets(labels: list[str]) -> dict[str, str]:
    """{target: key} of ``KEY=TARGET`` words."""
    targets = {}
    for word in labels:
        key, equals, target = word.partition("=")
        if not key or (equals and not target):
            raise WrongUsage(f"--label {word}: KEY=TARGET")
        targets[target or key] = key
    return targets


def _hits(desk: Desk) -> Callable[[str, str], tuple[str, ...]]:
    """The first pass of the rules over a bare text: their hits are features of the model, as in the service."""

    def hits(subject: str, body: str) -> tuple[str, ...]:
        message = text_message(subject, body, now())
        found = desk.book.first_pass(message, Facts(received=message.at))
        return tuple(hit.id for hit in found if hit.acts)

    return hits


COMMANDS = (classify, train, evaluate)
