"""Agents' words become labels, labels a model, and the gate decides whether it serves."""

from __future__ import annotations

import threading
from dataclasses import replace
from random import Random

import pytest

from classifier.lesson import Fit
from classifier.model import from_bytes, to_bytes
from classifier.serving import ArrayModel
from classifier.training import Recipe, train_model
from core.domain.errors import BadInput, NotFound, Unavailable
from core.domain.letter import LetterKind
from core.domain.model import ModelRecord
from core.domain.suggestion import MessageText
from core.domain.views import LedgerRow
from huiying.app.model import ServingModel
from huiying.app.workers.learner import Learner
from huiying.flows.context import Context
from huiying.flows.correct import confirm, correct, undo
from huiying.flows.labels import labels
from huiying.flows.retrain import promote, retrain, rollback, wants_learning
from store.models import SqlModels
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.unit.classifier.conftest import some_rows, split_words

TYPES = ("咨询", "投诉")


@pytest.fixture(scope="module")
def shipped():
    """A seed of few words: English, and made in a blink."""
    return ArrayModel(train_model(some_rows(), ("type", "urgency"), split_words, name="seed"), split_words)


class Fitting:
    """A fit that keeps its lesson, and whose verdict is given; each model of a lesson has a version of its own."""

    def __init__(self, *, passes=True, error=None):
        self.lessons = []
        self.passes = passes
        self.error = error

    def __call__(self, lesson):
        self.lessons.append(lesson)
        if self.error:
            raise self.error
        arrays = train_model(some_rows(), ("type",), split_words, recipe=Recipe(seed=len(self.lessons), folds_below=0))
        because = [] if self.passes else ["accuracy:type"]
        return to_bytes(replace(arrays, card={**arrays.card, "gate": {"passed": self.passes, "because": because}}))


def teach(office: Office, count: int, first: int = 0) -> list[str]:
    """So many mails of so many customers, each corrected by an agent; the ticket numbers."""
    mails = [
        a_mail(
            subject=f"来信 {i}",
            body=f"第 {i} 封信，电话 13812345678。",
            sender=f"客户 <c{i}@example.cn>",
            mid=f"t{i}@e.cn",
        )
        for i in range(first, first + count)
    ]
    numbers = [row.number for row in office.bring(*mails)]
    for i, number in enumerate(numbers):
        correct(office.ctx, number, {"type": TYPES[i % 2]}, "li")
    return numbers


def learnt(ctx: Context, fit: Fit) -> ModelRecord:
    """One fit that nobody else's lease prevents."""
    record = retrain(ctx, fit)
    assert record is not None
    return record


def test_what_agents_say_becomes_labels(office: Office):
    """The last word that stands counts, with its weight; undone words do not; texts are masked, customers numbered."""
    one, two, three = teach(office, 3)
    correct(office.ctx, one, {"type": "投诉", "urgency": "紧急"}, "an")
    undo(office.ctx, two, "li")
    confirm(office.ctx, three, "an")
    with office.ctx.store.read() as tx:
        found = labels(office.ctx, tx)
    assert [label.row.labels["type"] for label in found] == ["投诉", "咨询"]
    assert found[0].row.labels["urgency"] == "紧急"
    assert [label.row.weight for label in found] == [1.0, 1.0]
    assert [label.row.writer for label in found] == ["1", "2"]
    assert all("13812345678" not in label.row.message.body for label in found)


def test_old_labels_are_worth_half(office: Office, clock):
    """After ninety days a desk may speak of other things."""
    teach(office, 1)
    clock.advance(days=91)
    teach(office, 1, first=1)
    with office.ctx.store.read() as tx:
        assert [label.row.weight for label in labels(office.ctx, tx)] == [0.5, 1.0]


@pytest.mark.slow
def test_a_fit_comes_with_the_tenth_label(office: Office):
    """Nine corrections wait; the tenth asks for a model, and once it is there nothing is due."""
    teach(office, 9)
    assert not wants_learning(office.ctx)
    teach(office, 1, first=9)
    assert wants_learning(office.ctx)
    fit = Fitting()
    record = learnt(office.ctx, fit)
    assert record.active and record.labels == 10
    (lesson,) = fit.lessons
    assert (len(lesson.rows), lesson.unseen, lesson.serving) == (10, 10, None)
    assert lesson.coarse["type"]["投诉"] == "反馈"
    assert not wants_learning(office.ctx)


@pytest.mark.slow
def test_the_next_lesson_knows_what_the_serving_model_has_seen(office: Office):
    """Ten labels later the gate may look at ten, and the champion is the model that serves."""
    teach(office, 10)
    first = learnt(office.ctx, Fitting())
    teach(office, 10, first=10)
    fit = Fitting()
    fit.lessons.append(None)
    retrain(office.ctx, fit)
    lesson = fit.lessons[-1]
    assert (len(lesson.rows), lesson.unseen) == (20, 10)
    assert from_bytes(lesson.serving).version == first.version


@pytest.mark.slow
def test_a_model_that_fails_the_gate_is_kept_aside(office: Office):
    """It stands in the registry with the reason, and does not serve until an admin says so."""
    teach(office, 10)
    record = learnt(office.ctx, Fitting(passes=False))
    assert not record.active
    with office.ctx.store.read() as tx:
        assert tx.models.active() == ""
        kept = tx.models.record(record.version)
        assert kept is not None and kept.card["gate"]["because"] == ["accuracy:type"]
    promote(office.ctx, record.version, "admin")
    with office.ctx.store.read() as tx:
        assert tx.models.active() == record.version


@pytest.mark.slow
def test_rollback_goes_back_to_what_served_before(office: Office):
    """From the second model to the first, from the first to the one that ships; each change is in the audit trail."""
    teach(office, 10)
    fit = Fitting()
    first = learnt(office.ctx, fit)
    second = learnt(office.ctx, fit)
    assert rollback(office.ctx, "admin") == first.version
    assert rollback(office.ctx, "admin") == "seed"
    with pytest.raises(NotFound):
        rollback(office.ctx, "admin")
    promote(office.ctx, second.version, "admin")
    with pytest.raises(NotFound):
        promote(office.ctx, "own-nothing", "admin")
    with office.ctx.store.read() as tx:
        assert tx.models.active() == second.version
        actions = [row.action for row in tx.views.audit("model", "", 10).rows]
    assert actions == ["model.promote", "model.rollback", "model.rollback", "model.learn", "model.learn"]


@pytest.mark.slow
def test_one_process_learns_at_a_time(office: Office, sqlite_store, keys, clock):
    """While another worker holds the lease nothing is fitted; afterwards the lease is free at once."""
    teach(office, 10)
    other = worker_context(sqlite_store, keys, clock, pid=2)
    with other.store.write() as tx:
        assert tx.workers.lease("learn", other.worker, 60.0)
    assert retrain(office.ctx, Fitting()) is None
    with other.store.write() as tx:
        tx.workers.lease("learn", other.worker, 0.0)
    with pytest.raises(Unavailable):
        retrain(office.ctx, Fitting(error=Unavailable("the disk is full")))
    assert retrain(other, Fitting()) is not None


@pytest.mark.slow
def test_mail_is_filed_while_a_model_is_fitted(office: Office):
    """The fit holds nothing: a mail that comes meanwhile is answered by the model of before."""
    teach(office, 10)
    fit = Fitting()
    filed: list[LedgerRow] = []

    def slow(lesson):
        mail = a_mail(mid="meanwhile@e.cn", sender="new@example.cn")
        other = threading.Thread(target=lambda: filed.extend(office.bring(mail)), daemon=True)
        other.start()
        other.join(5.0)
        assert filed, "the mail waits for the fit"
        return fit(lesson)

    record = learnt(office.ctx, slow)
    (row,) = filed
    (decision,) = office.ticket(row.number).decisions
    assert decision.decision.model == office.ctx.suggester().version != record.version
    assert any(letter.kind == LetterKind.ACKNOWLEDGEMENT for letter in office.ticket(row.number).letters)


@pytest.mark.slow
def test_a_fit_that_fails_changes_nothing_and_is_not_repeated(office: Office):
    """All labels equal, or a process that died: the serving model stays; the same labels are not tried again."""
    teach(office, 10)
    fit = Fitting(error=BadInput("two values are needed"))
    learner = Learner(office.ctx, fit)
    assert not learner.look()
    assert not learner.look()
    assert len(fit.lessons) == 1
    teach(office, 1, first=10)
    fit.error = None
    assert learner.look()
    with office.ctx.store.read() as tx:
        assert tx.models.active()


@pytest.mark.slow
def test_a_full_disk_while_fitting_leaves_the_last_good_model(office: Office, sqlite_store, shipped, clock):
    """The new model finds no room: the one before serves, nothing half is kept; later the same labels are learnt."""
    teach(office, 10)
    first = learnt(office.ctx, Fitting())
    model = ServingModel(office.ctx.store, lambda: shipped)
    teach(office, 10, first=10)
    fit, noise = Fitting(), Random(1).randbytes(1 << 20).hex()
    fit.lessons.append(None)

    def large(lesson):
        arrays = from_bytes(fit(lesson))
        return to_bytes(replace(arrays, card={**arrays.card, "noise": noise}))

    learner = Learner(office.ctx, large)
    pages = "PRAGMA max_page_count={}"
    with sqlite_store._engines.writer.connect() as writer:
        full = writer.exec_driver_sql("PRAGMA page_count").scalar_one()
        writer.exec_driver_sql(pages.format(full))
    with pytest.raises(Unavailable, match="full"):
        learner.look()
    with office.ctx.store.read() as tx:
        assert [record.version for record in tx.models.records(9)] == [first.version]
    assert model().version == first.version
    with sqlite_store._engines.writer.connect() as writer:
        writer.exec_driver_sql(pages.format(1 << 30))
    assert not learner.look()
    clock.advance(minutes=11)
    assert learner.look()
    assert model.refresh() and model().version != first.version


@pytest.mark.slow
def test_our_own_error_stops_no_service(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A bug in learning is told once a label; the thread, and with it the process, lives."""
    teach(office, 10)
    monkeypatch.setattr("huiying.app.workers.learner.LOOK_S", 0.01)
    fit, stop = Fitting(error=RuntimeError("our bug")), threading.Event()
    looks: list[int] = []
    learner = Learner(office.ctx, fit)

    def look() -> bool:
        looks.append(len(looks))
        if len(looks) == 3:
            stop.set()
        return Learner.look(learner)

    monkeypatch.setattr(learner, "look", look)
    learner.run(stop)
    assert len(looks) == 3 and len(fit.lessons) == 1
    assert caplog.text.count("Learning failed") == 1


@pytest.mark.slow
@pytest.mark.parametrize("served", [True, False])
def test_a_version_that_the_database_could_not_give_is_taken_up_later(
    office: Office, shipped: ArrayModel, monkeypatch: pytest.MonkeyPatch, served: bool
):
    """The database goes away between the version's name and its arrays: who serves and who begins looks again."""
    model = ServingModel(office.ctx.store, lambda: shipped)
    if served:
        model()
    teach(office, 10)
    record = learnt(office.ctx, Fitting())

    def away(self: SqlModels, version: str) -> bytes:
        raise Unavailable("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(SqlModels, "arrays", away)
        with pytest.raises(Unavailable):
            model.refresh() if served else model()
    model.refresh()
    assert model().version == record.version


@pytest.mark.slow
def test_workers_change_the_model_without_a_restart(office: Office, shipped):
    """The serving model follows the registry; the version that speaks is the one that is stored with a decision."""
    model = ServingModel(office.ctx.store, lambda: shipped)
    message = MessageText(subject="", body="the printer is broken")
    assert model().suggest([message])[0].model == shipped.version
    assert not model.refresh()
    teach(office, 10)
    record = learnt(office.ctx, Fitting())
    assert model.refresh()
    assert model().suggest([message])[0].model == record.version
    promote(office.ctx, "seed", "admin")
    assert model.refresh()
    assert model().version == shipped.version


@pytest.mark.slow
def test_a_row_that_cannot_be_read_leaves_the_last_good_model(office: Office, shipped):
    """A corrupt model in the database: who serves goes on, who starts takes the seed; mail flows."""
    model = ServingModel(office.ctx.store, lambda: shipped)
    teach(office, 10)
    record = learnt(office.ctx, Fitting())
    assert model().version == record.version
    with office.ctx.store.write() as tx:
        tx.models.add(
            ModelRecord(id=office.ctx.ids(), version="own-broken", at=office.ctx.now(), card={}), b"PK nonsense"
        )
        tx.models.activate("own-broken")
    assert not model.refresh()
    assert model().version == record.version
    assert ServingModel(office.ctx.store, lambda: shipped)().version == shipped.version
