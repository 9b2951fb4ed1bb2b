"""What is promised of the house, of its stages and of the demo, sentence by sentence: which tests of ours show it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from huiying.app.cli.commands import program
from tests.house.tree import ROOT, absent_tests, project

RUN = "e2e/test_run_script.py"
SERVE = "integration/app/test_serve.py"
IMAP = "integration/ingest/test_imap_mailbox.py"
DEMO = "e2e/test_demo.py"
SAMPLES = "unit/demo/test_samples.py"
CHROMIUM = "e2e/test_console_in_chromium.py"
FILED = "flows/test_filing.py"
RECEIVED = "flows/test_receive.py"
OUTBOX = "unit/store/test_outbox.py"
STORE = "unit/store/test_store.py"

HOUSE = {
    "both contracts of imports": "house/test_contracts.py every_root_package_stands_in_the_contracts "
    "the_ports_contract_names_what_is_behind_ports flows_and_pages_import_nothing_from_behind_the_ports",
    "types, and py.typed": "house/test_contracts.py the_wheel_and_the_type_checker_see_every_root_package",
    "a lock with hashes for every Python": "house/test_locks.py every_pin_has_a_hash_and_no_address "
    "every_dependency_is_locked a_richer_lock_holds_all_of_a_poorer_one",
    "third parties are named": "house/test_documents.py what_is_vendored_is_named_with_its_licence "
    "every_source_of_the_seed_is_named",
    "documents lead somewhere": "house/test_documents.py every_link_inside_the_project_leads_somewhere "
    "a_path_in_the_documents_is_one_that_exists the_changelog_is_newest_first",
    "code obeys the glossary": "house/test_glossary.py every_value_of_the_domain_stands_in_the_glossary "
    "an_enumeration_is_listed_with_exactly_its_values one_idea_has_one_identifier_and_one_label; "
    "unit/console/test_words.py the_words_are_those_of_the_glossary",
    "run passes everything on": f"{RUN} arguments_and_folder_of_the_caller_are_kept "
    "standard_output_carries_the_answer_only",
    "run costs less than a second": f"{RUN} a_ready_environment_costs_less_than_a_second "
    "a_ready_environment_is_used_at_once",
    "run hands mirrors on, or uses pip": f"{RUN} a_mirror_that_pip_knows_is_the_installers_too "
    "pip_installs_where_uv_is_refused",
    "run says what is missing": f"{RUN} a_missing_python3_venv_is_named_with_its_package "
    "an_index_that_cannot_be_reached_is_said_plainly a_machine_without_python_is_told_what_is_needed",
    "nothing skips for want of a server": f"{RUN} a_richer_environment_serves_poorer_commands; "
    "house/test_house_promises.py whatever_the_tests_talk_to_is_installed_by_the_build",
}
CORE = {
    "calendar and clock arithmetic": "unit/domain/test_calendar.py due_times_in_china "
    "intervals_say_why_time_did_not_count holidays_and_makeup_days_are_named; "
    "unit/domain/test_calendar_properties.py splitting_adds_up; "
    "unit/domain/test_duration.py a_duration_says_its_kind a_working_day_is_as_long_as_the_calendar_says",
    "the signer": "unit/domain/test_signer.py a_message_id_is_read_back a_changed_message_id_is_nobody_s "
    "old_keys_verify_for_ever",
    "every error has its code and words": "house/test_documents.py every_error_code_is_in_the_reference",
    "all problems at once, with places": "unit/flows/test_compile.py five_mistakes_in_five_files_are_told_at_once; "
    "e2e/test_command_line.py check_reports_every_problem_with_its_place",
    "a bundle is checked as a whole and published": "flows/test_publish.py good_files_become_the_active_bundle "
    "a_bad_one_is_refused_with_every_problem",
    "the folder is mirrored": "integration/app/test_workers.py a_changed_file_is_live_within_two_seconds_or_refused "
    "a_process_that_only_works_follows_and_never_publishes",
}
STORED = {
    "own ids": "unit/domain/test_ids.py ids_grow_and_fit_63_bits two_nodes_never_make_the_same_id",
    "version": "unit/store/test_tickets.py an_update_names_the_version_it_began_from; "
    f"{STORE} of_two_changes_to_one_ticket_one_conflicts",
    "number series": f"{STORE} serials_have_no_gap_under_four_threads",
    "message references": "unit/store/test_tickets.py a_message_id_leads_to_its_tickets",
    "the ledger, the server's action as a state": "unit/store/test_ledger.py a_uid_is_kept_once "
    "the_server_is_owed_its_action_until_it_is_done",
    "attempts and leases": "unit/store/test_ledger.py a_mail_that_was_claimed_before_comes_alone; "
    "unit/store/test_workers.py a_lease_has_one_holder_until_it_ends burying_frees_claims_and_leases",
    "encrypted columns bound to their row, and the index": "unit/store/test_parts.py "
    "a_sealed_value_belongs_to_its_place digests_are_keyed_and_kept_apart",
    "intent, bytes and delivery": f"{OUTBOX} an_occasion_makes_one_letter bytes_are_stored_before_sending_and_kept "
    "a_sent_letter_has_its_proof",
    "facts of a decision": "flows/test_recompute.py every_samples_decision_is_recomputed_exactly",
    "promises with versions": "unit/store/test_promises.py a_change_names_the_version_it_began_from "
    "a_cause_makes_a_promise_once",
    "corrections and audit": "unit/store/test_records.py corrections_come_back_and_are_labels "
    "the_trail_is_read_newest_first",
    "the same contracts on PostgreSQL": "integration/store/test_contracts_on_postgres.py every_contract_is_here",
    "the first migration": "unit/store/test_migrate.py the_newest_schema_is_that_of_the_tables "
    "promises_of_the_first_schema_count_on",
}
INGESTED = {
    "IDLE with a polling net": f"{IMAP} a_wait_ends_when_a_mail_arrives a_wait_without_mail_ends_in_time "
    "a_server_without_idle_is_asked a_mail_that_came_between_search_and_wait_is_announced",
    "a split line means to connect again": f"{IMAP} lines_in_pieces_lose_nothing a_cut_connection_means_reconnect",
    "start of each mailbox": f"{RECEIVED} what_lay_there_before_is_left_alone; {IMAP} mails_since_an_instant",
    "parse workers with limits": "integration/ingest/test_workers.py a_mail_that_kills_its_worker_is_quarantined_alone "
    "a_mail_that_burns_the_processor_is_stopped_by_the_kernel a_worker_has_no_secret_of_its_parent",
    "gb18030, raw headers, nested mails": "unit/ingest/test_acceptance.py "
    "gbk_characters_under_the_label_gb2312_are_exact a_raw_gbk_subject_is_exact "
    "a_nested_message_is_one_eml_with_exact_bytes",
    "automatic mail": "unit/ingest/test_automatic.py headers_of_machines reports",
    "whose is it": "unit/ingest/test_whose.py a_known_sender_joins_his_ticket "
    "a_stranger_with_a_valid_reference_is_linked a_mail_that_names_nothing_of_ours_is_new",
    "files as a source": "unit/ingest/test_sources.py files_of_a_folder_come_by_name",
}
CLASSIFIED = {
    "normalised, folded, cut, masked": "unit/text/test_fold.py two_spellings_of_a_word_fold_alike; "
    "integration/text/test_segment.py a_text_is_cut_into_words; "
    "unit/text/test_mask.py masking_twice_changes_nothing",
    "a temperature in the card": "unit/classifier/test_calibration.py the_temperature_that_made_the_labels_is_found; "
    "unit/classifier/test_model.py the_card_says_what_the_model_is",
    "evidence and abstaining": "unit/classifier/test_serving.py evidence_stands_where_the_writer_wrote_it "
    "a_text_that_says_nothing_gets_no_suggestion",
    "the seed as small arrays, built by a command": "unit/classifier/test_seed.py the_arrays_are_small "
    "building_again_gives_the_arrays_that_ship the_arrays_were_built_from_these_rows",
    "arrays answer as scikit-learn does": "unit/classifier/test_serving.py "
    "the_shipped_model_answers_as_scikit_learn_does serving_never_imports_scikit_learn",
}
RULED = {
    "text, sender and subject": "unit/rules/test_conditions.py senders_and_recipients; "
    "unit/rules/test_text.py each_operator text_is_the_subject_and_what_the_customer_wrote_himself",
    "type, urgency, team, topic": "flows/test_rule_actions.py an_action_has_its_effect "
    "every_action_of_the_schema_has_its_case",
    "absolute and at least": "unit/rules/test_decide.py a_floor_only_raises_and_an_absolute_rule_sets_both_ways",
    "two passes, facts stored": "unit/rules/test_conditions.py the_models_word_is_asked_in_the_second_pass_only; "
    "unit/rules/test_decide.py recomputing_from_what_was_stored_gives_the_stored_decision",
    "each value in both languages, with a near miss": "unit/rules/test_builtin.py "
    "each_value_is_decided_by_a_rule_in_both_languages each_rule_has_a_near_miss_and_two_hits "
    "the_shipped_files_have_no_problem_and_all_their_examples_pass",
}
ANSWERED = {
    "policies standard and rapid-7x24": "unit/responder/test_policies.py four_policies_ship_without_a_problem "
    "first_response resolution next_update",
    "the days of 2026": "unit/responder/test_promises.py the_shipped_calendar_has_the_days_of_2026",
    "an acknowledgement in three scripts": "unit/responder/test_letters.py "
    "the_acknowledgement_has_number_own_words_and_time the_letter_s_language; "
    "unit/responder/test_every_letter.py the_traditional_letters_are_written_in_traditional_characters",
    "the intent alone makes the letter": "unit/responder/test_letter_bytes.py "
    "composing_is_a_pure_function_of_the_intent",
    "connections are kept": "integration/responder/test_transports.py a_connection_is_kept",
    "headers of RFC 3834 and a signed Message-ID": "unit/responder/test_letter_bytes.py headers "
    "the_envelope_of_an_automatic_letter_is_null; "
    f"{FILED} every_message_id_that_we_send_leads_back",
    "the loop guard with caps": "unit/responder/test_guard.py each_reason_for_silence; "
    f"{FILED} two_robots_cannot_keep_each_other_busy the_cap_counts_within_one_batch",
    "updates and warnings": "flows/test_tick.py each_share_warns_once the_update_goes_out_when_it_is_due",
    "live, hold, off": f"{FILED} hold_leaves_the_letter_in_the_outbox off_sends_none_and_says_so",
    "at once, though time goes on": "flows/test_turns.py "
    "what_may_leave_leaves_at_the_first_turn_though_the_clock_goes_on",
}
CONSOLE = {
    "argon2, throttled": "integration/console/test_sign_in.py only_hashes_are_stored too_many_failures_pause_a_name "
    "too_many_failures_pause_an_address",
    "CSRF and CSP": "integration/console/test_security.py every_post_needs_the_token "
    "a_strict_policy_stands_on_every_answer no_template_needs_more_than_the_policy_allows",
    "the queue by the next due time, live": "integration/console/test_queue.py the_next_due_ticket_stands_first; "
    f"{CHROMIUM} new_mail_appears_by_itself an_open_ticket_follows_what_others_do",
    "the ticket tells everything": "integration/console/test_ticket.py the_page_tells_the_whole_story "
    "the_html_of_a_mail_is_shown_in_a_cage every_rule_is_told_hit_or_miss a_mail_without_a_letter_says_why",
    "keys": f"{CHROMIUM} one_key_confirms_a_digit_corrects_and_u_takes_back shortcuts_are_silent_while_somebody_writes",
    "both languages": "unit/console/test_words.py both_languages_say_the_same_things "
    "every_word_a_template_asks_for_exists; integration/console/test_queue.py english_pages_speak_english",
    "the health strip": "integration/console/test_letters_and_mails.py health_is_told_to_people_and_machines",
}
SHOWN = {
    "the demo is met by a newcomer": f"{DEMO} a_newcomer_looks_writes_and_leaves_nothing_behind; "
    "house/test_documents.py both_readmes_name_the_same_commands",
    "demo --once": f"{DEMO} all_samples_are_taken_through_at_once what_is_missing_is_named",
    "sample mails of each kind": f"{SAMPLES} there_is_enough_of_everything each_kind_of_mail_is_there "
    "one_sample_is_no_mail_at_all a_sample_names_nobody_real; "
    "flows/test_recompute.py every_sample_becomes_what_the_index_says "
    "nearly_every_sample_is_understood_as_people_understand_it",
    "over the first minute": f"{SAMPLES} the_screen_is_not_empty_at_first_and_the_last_mail_comes_within_a_minute",
    "customers' letters": "integration/console/test_letters_and_mails.py the_demo_shows_what_customers_received",
    "demo send, or any program": "integration/demo/test_feed_and_send.py "
    "a_second_command_sends_a_mail_into_a_running_demo a_demo_that_is_gone_is_told_plainly",
    "ready in 5 s, ended in 10 s with a stream open": f"{SERVE} it_is_ready_within_five_seconds_and_ends_within_ten",
    "kills": "integration/app/test_kill.py eight_kills_lose_nothing_on_sqlite eight_kills_lose_nothing_on_postgres",
    "the race of root and reply": "integration/app/test_race.py root_and_reply_filed_at_once_are_one_ticket",
    "a deadly mail": "integration/app/test_deaths.py a_deadly_mail_is_set_apart_and_the_others_are_done",
    "five mistakes, the last good bundle over a restart": f"{SERVE} "
    "five_mistakes_are_told_and_mail_goes_on_even_after_a_restart",
    "three events and a promise that comes back": "flows/test_correct.py three_events_are_in_the_trail "
    f"it_restores_fields_and_promises_exactly; {CHROMIUM} an_urgency_moves_the_promise_and_undo_restores_it",
    "the pictures": f"{CHROMIUM} every_page_fits_its_screen take_the_pictures_of_the_documentation",
}
LISTS = (HOUSE, CORE, STORED, INGESTED, CLASSIFIED, RULED, ANSWERED, CONSOLE, SHOWN)
ALL = {name: shown_by for one in LISTS for name, shown_by in one.items()}

COMMANDS = (
    "init", "demo", "serve", "work", "web", "check", "doctor", "status", "parse", "classify", "train", "evaluate",
    "correct", "rules check", "rules test", "config status", "config publish", "config rollback", "sla explain", "list",
    "show", "explain", "quarantine list", "replay", "user add", "migrate", "backup", "restore",
    "key list", "key add", "key rotate", "retention run",
)  # fmt: skip


@pytest.mark.parametrize("promise", ALL.items(), ids=lambda promise: promise[0])
def test_each_promise_is_shown_by_tests_that_exist(promise):
    """Whoever renames or removes one of them sees what it was for."""
    assert absent_tests(promise[1]) == []


def test_no_promise_stands_twice():
    """A name in two lists would hide one of them."""
    assert len(ALL) == sum(map(len, LISTS))


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_the_contract_is_there(words):
    """Its name is what others test against."""
    command: Any = program()
    for word in words.split():
        command = command.commands[word]


def test_the_house_has_its_papers():
    """Whoever comes to use or change it finds what he looks for first."""
    papers = ("LICENSE", "NOTICE", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "README.md", "README.zh-CN.md",
              "ARCHITECTURE.md", "docs/glossary.md", ".pre-commit-config.yaml", "run", ".ci/run")  # fmt: skip
    assert not [name for name in papers if not (ROOT / name).is_file()]
    assert (ROOT / "LICENSE").read_text("utf-8").lstrip().startswith("Apache License")
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert architecture.count("```mermaid") == 1 and len(architecture.splitlines()) < 100


def test_the_wheel_is_built_as_decided():
    """Flat packages, the shipped configuration inside, any Python from 3.11 on."""
    assert project()["build-system"]["build-backend"] == "hatchling.build"
    assert project()["project"]["requires-python"] == ">=3.11"
    assert project()["project"]["license"] == "Apache-2.0"
    wheel = project()["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"config": "huiying/_shipped"}


def test_whatever_the_tests_talk_to_is_installed_by_the_build():
    """A bare Debian has none of it; there nothing may be skipped."""
    build = (ROOT / ".ci" / "run").read_text("utf-8")
    [wanted] = re.findall(r"wanted=\(([^)]*)\) missing", build)
    packages = set(wanted.split())
    assert {"dovecot-imapd", "dovecot-lmtpd", "postgresql", "chromium", "fonts-noto-cjk", "systemd"} <= packages
    steps = re.findall(r"^(?:must|step) '[^']+' (\w+|\./run check)", build, re.MULTILINE)
    assert steps == ["system_packages", "start_postgres", "environment", "tests", "quick_tests", "./run check",
                     "shipped_configuration", "build_wheel", "install_wheel", "use_wheel"]  # fmt: skip
    assert "HUIYING_TEST_ALL=1 ./run test" in build
    assert re.search(r"huiying\" init .*check &&.*huiying\" demo --once", build, re.DOTALL)


def test_the_pictures_of_queue_and_ticket_are_in_the_documents():
    """At 1280 and 390 pixels, in both languages."""
    wanted = {f"{page}-{language}-{width}.png" for page in ("queue", "ticket") for language in ("zh-CN", "en")
              for width in (1280, 390)}  # fmt: skip
    assert wanted <= {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
