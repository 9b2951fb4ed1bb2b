"""The first schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "first_schema"
down_revision = None
branch_labels = None
depends_on = None

# The serial of this schema, and the oldest code (by its own schema) that can still work with it.
VERSION = 1
MIN_CODE = 1

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_tickets()
    _create_mail()
    _create_messages()
    _create_letters()
    _create_desk()
    _create_people()
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    facts = {"version": str(VERSION), "min_code": str(MIN_CODE), "last_node": "0"}
    op.bulk_insert(meta, [{"key": key, "value": value} for key, value in facts.items()])
    active = sa.table("active_bundle", sa.column("id"), sa.column("bundle_id"), sa.column("serial"))
    op.bulk_insert(active, [{"id": 1, "bundle_id": "", "serial": 0}])


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")


def _columns(kind: Any, names: str, *, nullable: bool = False) -> list[sa.Column[Any]]:  # noqa: ANN401  a column type
    return [sa.Column(name, kind, nullable=nullable, autoincrement=False) for name in names.split()]


def _index(name: str, table: str, columns: Sequence[str], *, unique: bool = False, where: str = "") -> None:
    only: dict[str, Any] = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
    op.create_index(name, table, list(columns), unique=unique, **only)


def _create_tickets() -> None:
    op.create_table(
        "customer",
        *_columns(ID, "id"),
        *_columns(sa.Text(), "name level tags company language"),
        *_columns(sa.LargeBinary(), "address address_key", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("address_key", name="uq_customer_address_key"),
    )
    op.create_table(
        "number_series",
        *_columns(sa.Text(), "series"),
        *_columns(ID, "last"),
        sa.PrimaryKeyConstraint("series", name="pk_number_series"),
    )
    op.create_table(
        "ticket",
        *_columns(ID, "id version sort_due linked_to touched"),
        *_columns(sa.Text(), "number state subject snippet mailbox channel language fields decided_by type"),
        *_columns(sa.Text(), "urgency type_guesses tags next_clock linked_because assignee"),
        *_columns(sa.Boolean(), "is_open accepted stub confirmed"),
        *_columns(ID, "customer_id", nullable=True),
        *_columns(sa.BigInteger(), "received"),
        *_columns(sa.BigInteger(), "first_response", nullable=True),
        *_columns(sa.Integer(), "messages"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_ticket_customer_id"),
        sa.UniqueConstraint("number", name="uq_ticket_number"),
    )
    _index("ix_ticket_all", "ticket", ["sort_due", "id"])
    _index("ix_ticket_assignee", "ticket", ["assignee", "sort_due", "id"], where="is_open AND assignee <> ''")
    _index("ix_ticket_customer", "ticket", ["customer_id"], where="is_open")
    _index("ix_ticket_linked", "ticket", ["linked_to"], where="linked_to <> 0")
    _index("ix_ticket_queue", "ticket", ["sort_due", "id"], where="is_open")
    _index("ix_ticket_state", "ticket", ["state", "sort_due", "id"])
    _index("ix_ticket_touched", "ticket", ["touched"])
    _index("ix_ticket_type", "ticket", ["type", "sort_due", "id"], where="is_open")
    op.create_table(
        "ticket_participant",
        *_columns(ID, "ticket_id"),
        *_columns(sa.LargeBinary(), "address_key"),
        sa.PrimaryKeyConstraint("ticket_id", "address_key", name="pk_ticket_participant"),
        sqlite_with_rowid=False,
    )


def _create_mail() -> None:
    op.create_table(
        "ledger",
        *_columns(ID, "id uidvalidity size replay_of message_id"),
        *_columns(sa.Text(), "source mailbox folder sha256 stage because trace verdict_kind verdict"),
        *_columns(sa.Text(), "silent_because subject sender_masked server_action server_state"),
        *_columns(ID, "uid claim ticket_id", nullable=True),
        *_columns(sa.BigInteger(), "arrived kept_at"),
        *_columns(sa.Integer(), "attempts"),
        *_columns(sa.Boolean(), "old"),
        *_columns(sa.BigInteger(), "filed_at server_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_ledger_ticket_id"),
        sa.UniqueConstraint("mailbox", "folder", "uidvalidity", "uid", name="uq_ledger_mailbox_folder_uidvalidity_uid"),
    )
    _index("ix_ledger_claim", "ledger", ["claim"], where="claim IS NOT NULL")
    _index("ix_ledger_owed", "ledger", ["mailbox", "id"], where="server_state IN ('owed', 'verified')")
    _index("ix_ledger_silent", "ledger", ["id"], where="silent_because <> ''")
    _index("ix_ledger_ticket_id", "ledger", ["ticket_id"])
    _index("ix_ledger_troubled", "ledger", ["id"], where="stage IN ('quarantined', 'shunted')")
    _index("ix_ledger_waiting", "ledger", ["id"], where="stage = 'kept' AND claim IS NULL")
    _index("uq_ledger_content", "ledger", ["mailbox", "sha256"], unique=True, where="uid IS NULL")
    op.create_table(
        "raw_mail",
        *_columns(ID, "ledger_id"),
        *_columns(sa.LargeBinary(), "data"),
        sa.PrimaryKeyConstraint("ledger_id", name="pk_raw_mail"),
    )
    op.create_table(
        "mailbox_folder",
        *_columns(sa.Text(), "mailbox folder"),
        *_columns(ID, "uidvalidity cursor"),
        *_columns(ID, "start_uid", nullable=True),
        *_columns(sa.BigInteger(), "started", nullable=True),
        sa.PrimaryKeyConstraint("mailbox", "folder", "uidvalidity", name="pk_mailbox_folder"),
    )
    op.create_table(
        "mailbox_state",
        *_columns(sa.Text(), "mailbox state"),
        *_columns(sa.BigInteger(), "at"),
        sa.PrimaryKeyConstraint("mailbox", name="pk_mailbox_state"),
    )


def _create_messages() -> None:
    op.create_table(
        "message",
        *_columns(ID, "id ticket_id"),
        *_columns(ID, "ledger_id", nullable=True),
        *_columns(sa.Text(), "direction message_id subject text reply html attachments language automatic"),
        *_columns(sa.Text(), "content_key defects verdict silent_because"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.LargeBinary(), "addresses"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.ForeignKeyConstraint(["ledger_id"], ["ledger.id"], name="fk_message_ledger_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_message_ticket_id"),
    )
    _index("ix_message_content_key", "message", ["content_key"])
    _index("ix_message_ledger_id", "message", ["ledger_id"])
    _index("ix_message_ticket_id", "message", ["ticket_id", "id"])
    op.create_table(
        "message_reference",
        *_columns(sa.LargeBinary(), "digest"),
        *_columns(sa.Text(), "kind"),
        *_columns(ID, "ticket_id"),
        sa.PrimaryKeyConstraint("digest", "kind", "ticket_id", name="pk_message_reference"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decision",
        *_columns(ID, "id ticket_id message_id"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.Text(), "bundle model choices facts hits suggestion tags letter"),
        *_columns(sa.Boolean(), "spam"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_decision_ticket_id"),
    )
    _index("ix_decision_message_id", "decision", ["message_id", "id"])
    _index("ix_decision_ticket_id", "decision", ["ticket_id", "id"])
    op.create_table(
        "promise",
        *_columns(ID, "id ticket_id version superseded_by"),
        *_columns(sa.Text(), "clock cause because policy calendar tzdata bundle state"),
        *_columns(sa.BigInteger(), "started due"),
        *_columns(sa.BigInteger(), "ended warn_at", nullable=True),
        *_columns(sa.Integer(), "warned"),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_promise_ticket_id"),
        sa.UniqueConstraint("ticket_id", "clock", "cause", name="uq_promise_ticket_id_clock_cause"),
    )
    _index("ix_promise_due", "promise", ["due"], where="state = 'running'")
    _index("ix_promise_warn_at", "promise", ["warn_at", "id"], where="state = 'running' AND warn_at IS NOT NULL")
    op.create_table(
        "correction",
        *_columns(ID, "id ticket_id message_id undoes"),
        *_columns(sa.Text(), "kind agent before before_by after"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.Float(53), "weight"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_correction_ticket_id"),
    )
    _index("ix_correction_ticket_id", "correction", ["ticket_id", "id"])


def _create_letters() -> None:
    op.create_table(
        "letter",
        *_columns(ID, "id ticket_id"),
        *_columns(sa.Text(), "kind occasion template language bundle mailbox variables message_id in_reply_to"),
        *_columns(sa.Text(), "references state subject"),
        *_columns(sa.LargeBinary(), "recipient recipient_key"),
        *_columns(sa.BigInteger(), "date not_before due"),
        *_columns(sa.BigInteger(), "promised sent", nullable=True),
        *_columns(sa.Integer(), "attempts resends code"),
        *_columns(ID, "claim", nullable=True),
        *_columns(sa.Boolean(), "uncertain"),
        *_columns(sa.LargeBinary(), "answer", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_letter_ticket_id"),
        sa.UniqueConstraint("ticket_id", "kind", "occasion", name="uq_letter_ticket_id_kind_occasion"),
    )
    _index("ix_letter_claim", "letter", ["claim"], where="claim IS NOT NULL")
    _index("ix_letter_free", "letter", ["due", "id"], where="state IN ('queued', 'sending') AND claim IS NULL")
    _index("ix_letter_order", "letter", ["ticket_id", "not_before", "id"], where="state IN ('queued', 'sending')")
    _index("ix_letter_recipient", "letter", ["recipient_key", "date"])
    _index("ix_letter_state", "letter", ["state", "id"])
    op.create_table(
        "letter_bytes",
        *_columns(ID, "letter_id"),
        *_columns(sa.Text(), "sender"),
        *_columns(sa.LargeBinary(), "recipients data"),
        sa.PrimaryKeyConstraint("letter_id", name="pk_letter_bytes"),
    )
    op.create_table(
        "delivery",
        *_columns(ID, "id letter_id worker"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.Text(), "outcome"),
        *_columns(sa.Integer(), "code"),
        *_columns(sa.LargeBinary(), "answer"),
        *_columns(sa.Float(53), "seconds"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_delivery_letter_id"),
    )
    _index("ix_delivery_letter_id", "delivery", ["letter_id", "id"])


def _create_desk() -> None:
    op.create_table(
        "bundle_content",
        *_columns(sa.Text(), "sha256 text"),
        sa.PrimaryKeyConstraint("sha256", name="pk_bundle_content"),
    )
    op.create_table(
        "bundle_file",
        *_columns(sa.Text(), "bundle_id path sha256"),
        sa.PrimaryKeyConstraint("bundle_id", "path", name="pk_bundle_file"),
    )
    op.create_table(
        "publication",
        *_columns(ID, "serial"),
        *_columns(sa.Text(), "bundle_id parent author reason check"),
        *_columns(sa.BigInteger(), "at"),
        sa.PrimaryKeyConstraint("serial", name="pk_publication"),
    )
    op.create_table(
        "active_bundle",
        *_columns(ID, "id serial"),
        *_columns(sa.Text(), "bundle_id"),
        sa.PrimaryKeyConstraint("id", name="pk_active_bundle"),
    )
    op.create_table(
        "model",
        *_columns(ID, "id"),
        *_columns(sa.Text(), "version card"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.LargeBinary(), "arrays"),
        *_columns(sa.Boolean(), "active"),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.UniqueConstraint("version", name="uq_model_version"),
    )
    _index("uq_model_active", "model", ["active"], unique=True, where="active")
    op.create_table(
        "meta",
        *_columns(sa.Text(), "key value"),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _create_people() -> None:
    op.create_table(
        "user_account",
        *_columns(ID, "id"),
        *_columns(sa.Text(), "name display role language password_hash"),
        *_columns(sa.Boolean(), "disabled"),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("name", name="uq_user_account_name"),
    )
    op.create_table(
        "sign_in_session",
        *_columns(sa.Text(), "token_hash csrf"),
        *_columns(ID, "user_id"),
        *_columns(sa.BigInteger(), "created expires"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_session"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_sign_in_session_user_id"),
    )
    _index("ix_sign_in_session_expires", "sign_in_session", ["expires"])
    op.create_table(
        "sign_in_attempt",
        *_columns(ID, "id"),
        *_columns(sa.LargeBinary(), "key"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.Boolean(), "failed"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    _index("ix_sign_in_attempt_key", "sign_in_attempt", ["key", "at"])
    op.create_table(
        "audit",
        *_columns(ID, "id"),
        *_columns(sa.BigInteger(), "at"),
        *_columns(sa.Text(), "actor action subject details"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    _index("ix_audit_subject", "audit", ["subject", "id"])
    op.create_table(
        "worker",
        *_columns(ID, "id node pid"),
        *_columns(sa.Text(), "host"),
        *_columns(sa.Float(53), "started"),
        *_columns(sa.BigInteger(), "seen"),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
        sa.UniqueConstraint("node", name="uq_worker_node"),
    )
    op.create_table(
        "lease",
        *_columns(sa.Text(), "name"),
        *_columns(ID, "worker_id"),
        *_columns(sa.BigInteger(), "expires"),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
