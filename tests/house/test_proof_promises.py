"""What is promised of load, growth, kills, troubles, the long run and the documents: what of ours shows each of it."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, absent_tests, name_of

DOCS = ROOT / "docs"
TROUBLED = "integration/app/test_troubles.py"
LETTERS = "integration/app/test_letters_in_trouble.py"
NETWORK = "integration/ingest/test_bad_network.py"
SERVE = "integration/app/test_serve.py"
SAID = f"{TROUBLED} the_page_has_whatever_health_can_say"

TROUBLES = {
    "wrong IMAP password": f"{TROUBLED} the_password_is_wrong; {SERVE} a_wrong_password_is_told_and_a_right_one_heals",
    "IMAP down": f"{TROUBLED} the_incoming_server_is_down",
    "IMAP slow": f"{NETWORK} every_fault_passes; flows/test_folders.py a_command_without_an_answer_is_broken_off",
    "IMAP half-open": f"{NETWORK} a_line_that_stays_silent_is_told",
    "IMAP answers garbage": f"{TROUBLED} the_incoming_server_answers_garbage",
    "IMAP again and again": f"{TROUBLED} the_connection_breaks_again_and_again",
    "IMAP offers no TLS": f"integration/ingest/test_imap_mailbox.py a_server_without_tls_is_told; {SAID}",
    "SMTP refuses": f"{TROUBLED} the_outgoing_server_refuses; {LETTERS} 5xx a_partial_refusal",
    "SMTP says later": f"{TROUBLED} the_outgoing_server_says_later; {LETTERS} 4xx_then_2xx 4xx_after_the_text",
    "SMTP drops after the text": f"{LETTERS} a_drop_after_the_text a_drop_before_the_text; "
    f"{TROUBLED} the_outgoing_server_breaks_off",
    "SMTP offers no TLS": f"{LETTERS} tls_refused; "
    "integration/responder/test_smtp_tls.py starttls_that_is_not_offered_sends_nothing",
    "database locked": f"{TROUBLED} the_database_is_locked",
    "database gone and back": f"{TROUBLED} postgres_goes_and_comes_back; "
    "unit/app/test_poller.py a_database_that_is_away_does_not_end_the_poller",
    "disk full": f"{TROUBLED} the_disk_is_full the_page_has_a_calendar_that_ends_and_a_disk_that_fills",
    "key ring missing or another's": f"{TROUBLED} the_key_ring_is_missing_or_anothers; "
    "unit/store/test_store.py another_key_ring_is_refused",
    "port taken": f"{TROUBLED} the_port_is_taken",
    "bad configuration at start": f"{SERVE} five_mistakes_are_told_and_mail_goes_on_even_after_a_restart; "
    f"{TROUBLED} the_page_has_an_edit_that_was_refused",
    "no calendar of the coming year": f"{TROUBLED} the_page_has_a_calendar_that_ends_and_a_disk_that_fills; "
    "unit/domain/test_calendar.py after_the_known_years_the_plain_week_is_used_and_says_so",
    "out of memory in a parse worker": "integration/ingest/test_workers.py "
    f"a_mail_that_wants_too_much_memory_is_quarantined_and_the_worker_lives; {SAID}",
}
KILLED = {
    "eight kills on each database in each build": "integration/app/test_kill.py eight_kills_lose_nothing_on_sqlite "
    "eight_kills_lose_nothing_on_postgres",
    "a machine frozen, revived, killed; its mailbox taken over": "integration/app/test_two_machines.py "
    "a_machine_freezes_is_revived_and_dies",
    "a dead machine's locks": "integration/store/test_frozen_machine.py its_locks_are_gone_once_it_is_buried",
    "whoever wakes takes nothing back": "flows/test_triage_races.py a_worker_thought_dead_takes_nothing_from_its_heir",
    "leases under a clock that jumps": "unit/app/test_process.py a_clock_that_jumps_makes_nobody_dead "
    "a_clock_that_jumps_back_keeps_nobody_alive; unit/store/test_workers.py silence_is_told_by_the_databases_clock",
}
FOLLOWED = {
    "from nothing to one's own mail in twelve steps": "e2e/test_own_mailbox.py "
    "twelve_steps_lead_to_the_first_mail_of_ones_own",
    "the demo": "e2e/test_demo.py a_newcomer_looks_writes_and_leaves_nothing_behind",
    "the first rule": "e2e/test_first_rule.py the_first_rule_goes_as_the_tutorial_says",
    "tutorials and how-tos in both languages": "house/test_documents.py "
    "what_users_follow_step_by_step_exists_in_both_languages every_document_is_in_the_list_of_documents",
    "commands that exist": "house/test_documents.py a_command_in_the_documents_is_one_that_exists",
    "providers as they are built in": "house/test_documents.py every_provider_is_described_as_it_is_built_in",
    "the reference of commands": "e2e/test_command_line.py the_reference_names_every_command",
    "the reference of settings": "house/test_documents.py every_key_of_a_configuration_file_is_in_the_reference "
    "every_key_of_a_mailbox_is_in_the_reference every_condition_operator_and_action_is_in_the_reference",
    "the reference of errors": "house/test_documents.py every_error_code_is_in_the_reference",
    "units and the image": "house/test_service_files.py systemd_accepts_the_unit a_linter_accepts_the_image "
    "the_image_holds_everything_that_runs",
    "moved to PostgreSQL and back": "integration/store/test_backup_across.py a_small_team_grows_out_of_sqlite "
    "a_dump_of_postgres_fits_on_a_desk",
    "backup and restore": "unit/store/test_backup.py a_restored_database_goes_on the_key_ring_is_not_in_it",
    "upgrade": "unit/store/test_migrate.py promises_of_the_first_schema_count_on "
    "a_database_that_this_code_does_not_know_is_refused",
}
TIDY = {
    "longest functions and files": "house/test_sources.py no_function_has_a_tail no_file_has_a_tail",
    "names as in the glossary": "house/test_glossary.py one_idea_has_one_identifier_and_one_label "
    "no_identifier_of_a_class_outlives_it",
}
LISTS = (TROUBLES, KILLED, FOLLOWED, TIDY)
ALL = {name: shown_by for one in LISTS for name, shown_by in one.items()}

MEASURED = {
    "pipeline": "explanation/scale.md",
    "latency": "explanation/scale.md",
    "endurance": "explanation/scale.md",
    "growth": "explanation/scale.md",
    "tick": "explanation/scale.md",
    "kill": "explanation/why-nothing-is-lost.md",
    "fuzz": "explanation/why-nothing-is-lost.md",
    "classifier": "explanation/classifier.md",
    "rules": "reference/rules.md",
    "backtest": "reference/rules.md",
}
HOW_TOS = ("own-mailbox", "providers", "postgres", "backup", "keep-it-running")


@pytest.mark.parametrize("promise", ALL.items(), ids=lambda promise: promise[0])
def test_each_promise_is_shown_by_tests_that_exist(promise):
    """Whoever renames or removes one of them sees what it was for."""
    assert absent_tests(promise[1]) == []


def test_no_promise_stands_twice():
    """A name in two lists would hide one of them."""
    assert len(ALL) == sum(map(len, LISTS))


@pytest.mark.parametrize(("benchmark", "page"), MEASURED.items())
def test_each_benchmark_has_its_figures_in_the_documents(benchmark, page):
    """Whoever doubts a figure finds the command, and whoever runs the command the figure."""
    assert (ROOT / "benchmarks" / f"{benchmark}.py").is_file()
    text = (DOCS / page).read_text("utf-8")
    _, found, behind = text.partition(f"python -m benchmarks.{benchmark}")
    assert found
    section = behind.partition("\n## ")[0]
    assert len(re.findall(r"\d[\d,.]*", section)) >= 2


def test_every_benchmark_that_the_documents_name_exists():
    """A command that readers copy runs."""
    for page in DOCS.rglob("*.md"):
        for name in re.findall(r"python -m benchmarks\.(\w+)", page.read_text("utf-8")):
            assert (ROOT / "benchmarks" / f"{name}.py").is_file(), name_of(page)


def test_growth_is_told_up_to_a_million():
    """As a table and a plot."""
    text = (DOCS / "explanation" / "scale.md").read_text("utf-8")
    assert [size for size in ("10,000", "100,000", "1,000,000") if f"\n| {size} |" not in text] == []
    assert "(../images/growth.svg)" in text and "(../images/endurance.svg)" in text


def test_thirty_kills_are_told_on_both_databases_and_both_servers():
    """Each with its seed, its counts, and how many letters were sent again."""
    counts = r"30 \(\d+\) \| [1-9]\d* \| \d+ \| 200, 180, 20 \| 180 \| \d+ \|$"
    row = re.compile(r"^\| (SQLite|PostgreSQL)[ \d]* \| (pymap|Dovecot) \| " + counts, re.MULTILINE)
    rows = row.findall((DOCS / "explanation" / "why-nothing-is-lost.md").read_text("utf-8"))
    assert set(rows) == {(store, server) for store in ("SQLite", "PostgreSQL") for server in ("pymap", "Dovecot")}


@pytest.mark.parametrize("ending", ["", ".zh-CN"])
def test_what_operators_need_is_described(ending):
    """The providers with their codes, switches and limits, one's own servers, PostgreSQL, backup, upgrade."""
    assert [name for name in HOW_TOS if not (DOCS / "how-to" / f"{name}{ending}.md").is_file()] == []
    guide = (DOCS / "how-to" / f"providers{ending}.md").read_text("utf-8")
    asked = ("QQ", "163", "Microsoft 365", "Gmail", "Dovecot", "Postfix", "授权码", "IMAP", "per_minute")
    assert [word for word in asked if word not in guide] == []
    running = (DOCS / "how-to" / f"keep-it-running{ending}.md").read_text("utf-8")
    assert "huiying.service" in running and "Containerfile" in running and "./run migrate" in running


@pytest.mark.parametrize("ending", ["", ".zh-CN"])
def test_each_trouble_says_how_it_recovers(ending):
    """Cause, exact words, code and recovery; no cell is empty, in both languages the same codes."""
    text = (DOCS / "reference" / f"troubles{ending}.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    assert len(rows) > 40 and all(len(row) == 4 and all(row) for row in rows)
    english = (DOCS / "reference" / "troubles.md").read_text("utf-8")
    codes = re.findall(r"\| `([\w-]+)` \|", english)
    assert [row[2].strip("`") for row in rows[1:]] == codes
