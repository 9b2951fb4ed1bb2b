"""All tables, by the name under which the repositories know them."""

from store.tables.base import metadata
from store.tables.desk import active_bundle, bundle_content, bundle_file, meta, model, publication
from store.tables.figures import counted_mark, rule_day
from store.tables.handling import analysis, appraisal, extension, part, rule_timer, task, timer, vote
from store.tables.knowledge import article, article_version, article_word
from store.tables.learning import model_week, precedent
from store.tables.letter import account_second, delivery, letter, letter_bytes, letter_file
from store.tables.mail import ledger, mailbox_folder, mailbox_state, oauth_token, raw_mail, removed_original
from store.tables.notice import address_mark, notice, notice_copy
from store.tables.people import api_token, audit, lease, presence, session, sign_in, user, worker
from store.tables.ticket import (
    correction,
    customer,
    decision,
    key_date,
    message,
    message_reference,
    number_series,
    promise,
    ticket,
    ticket_participant,
)

__all__ = [
    "account_second",
    "active_bundle",
    "address_mark",
    "analysis",
    "api_token",
    "appraisal",
    "article",
    "article_version",
    "article_word",
    "audit",
    "bundle_content",
    "bundle_file",
    "correction",
    "counted_mark",
    "customer",
    "decision",
    "delivery",
    "extension",
    "key_date",
    "lease",
    "ledger",
    "letter",
    "letter_bytes",
    "letter_file",
    "mailbox_folder",
    "mailbox_state",
    "message",
    "message_reference",
    "meta",
    "metadata",
    "model",
    "model_week",
    "notice",
    "notice_copy",
    "number_series",
    "oauth_token",
    "part",
    "precedent",
    "presence",
    "promise",
    "publication",
    "raw_mail",
    "removed_original",
    "rule_day",
    "rule_timer",
    "session",
    "sign_in",
    "task",
    "ticket",
    "ticket_participant",
    "timer",
    "user",
    "vote",
    "worker",
]
