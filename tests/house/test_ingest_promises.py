"""What is promised of every mail that ever comes in, promise by promise: which tests of ours show it."""

from __future__ import annotations

import pytest

from tests.house.tree import absent_tests

READING = {
    "many mailboxes and folders": "flows/test_folders.py every_folder_is_read_and_each_mail_kept_once "
    "a_folder_that_is_missing_stops_no_other the_other_folders_have_their_turn_between_waits",
    "half-open and broken lines": "integration/ingest/test_bad_network.py every_fault_passes a_stormy_day",
    "time limits of each step": "flows/test_folders.py a_command_without_an_answer_is_broken_off",
    "growing pauses": "unit/app/test_poller.py pauses_grow_while_a_server_is_away",
    "one mailbox's trouble is its own": "unit/app/test_poller.py a_mailbox_whose_server_hangs_holds_up_no_other",
    "a refused login": "integration/app/test_serve.py a_wrong_password_is_told_and_a_right_one_heals",
    "an unfetchable mail is retried": "flows/test_receive.py one_mail_that_cannot_be_fetched_stops_no_other "
    "a_mail_that_stays_unfetchable_costs_ever_less",
    "UIDVALIDITY changes": "integration/ingest/test_imap_folders.py "
    "after_a_renumbering_known_mails_are_not_stored_again",
    "vanished UIDs": "integration/ingest/test_imap_mailbox.py a_vanished_uid_is_absent",
    "very many old mails": "flows/test_receive.py two_hundred_thousand_old_mails_cost_nothing "
    "an_archive_takes_no_more_memory_the_larger_it_is",
    "more mails than one SEARCH can name": "integration/ingest/test_imap_mailbox.py "
    "a_large_mailbox_is_searched_in_parts",
    "other folders beside an archive": "flows/test_folders.py archives_in_two_folders_are_read_in_turns "
    "progress_counts_the_whole_archive",
    "mails over a size": "flows/test_too_large.py it_is_a_ticket_with_its_text_and_an_acknowledgement "
    "the_whole_is_filed_on_the_same_ticket",
    "servers without keywords": "integration/ingest/test_imap_mailbox.py a_server_without_keywords_is_asked_for_none",
    "servers without IDLE, UIDPLUS or MOVE": "integration/ingest/test_imap_mailbox.py a_server_without_idle_is_asked "
    "a_server_without_move_copies_and_then_flags",
    "ID before SELECT": "integration/ingest/test_imap_mailbox.py the_client_introduces_itself_before_select",
    "modified UTF-7": "integration/ingest/test_imap_folders.py "
    "folders_are_told_apart_and_a_missing_one_costs_no_connection",
    "TLS and STARTTLS with an own authority": "integration/ingest/test_imap_folders.py "
    "a_companys_own_certificate_is_trusted_when_it_is_named",
    "XOAUTH2 with refresh": "integration/ingest/test_oauth.py a_code_a_token_and_its_refresh "
    "a_mailbox_is_read_with_tokens_alone",
    "login by code": "integration/app/test_mailbox_commands.py a_mailbox_is_signed_in_tried_and_signed_out",
    "days before a certificate ends": "integration/ingest/test_imap_folders.py "
    "a_certificate_that_ends_soon_stands_on_the_health_strip",
    "days before a token ends": "unit/flows/test_health.py what_ends_soon_is_a_warning_with_its_days",
    "the outgoing server's certificate": "integration/responder/test_smtp_tls.py the_end_of_the_certificate_is_known "
    "a_certificate_that_has_ended_is_told_as_that",
    "days before the outgoing one ends": "unit/app/test_outgoing.py what_ends_first_stands_on_the_health_strip",
    "presets of providers": "unit/settings/test_providers.py four_lines_are_a_mailbox_at_any_provider",
    "the sent folder": "integration/ingest/test_sent_folder.py an_answer_in_the_sent_folder_reaches_its_ticket",
    "reconcile hourly": "unit/app/test_poller.py the_server_is_compared_with_the_ledger_once_an_hour",
    "reconcile on demand": "integration/app/test_reconcile.py a_lost_mail_is_found_and_filed_by_one_command",
    "LMTP": "integration/ingest/test_lmtp.py what_is_answered_with_250_is_kept each_recipient_has_his_own_answer",
    "mbox and Maildir": "unit/ingest/test_sources.py an_mbox_falls_into_its_mails "
    "a_maildir_is_read_with_its_subfolders",
    "the series H": "flows/test_bring_in.py old_mail_is_closed_history_without_letter_or_clock",
}
UNDERSTANDING = {
    "TNEF": "unit/ingest/test_winmail.py files_are_attachments_under_their_long_names any_bytes_give_an_answer "
    "an_embedded_message_is_one_mail_that_can_be_opened",
    "nested messages": "unit/ingest/test_acceptance.py a_nested_message_is_one_eml_with_exact_bytes",
    "the calendar of an invitation": "unit/ingest/test_body.py an_invitation_keeps_its_calendar",
    "header repair": "unit/ingest/test_acceptance.py headers_are_found_behind_junk "
    "headers_that_run_into_the_body_end_there",
    "From fallbacks": "unit/ingest/test_headers.py a_missing_from_falls_back_and_is_noted "
    "a_local_sender_without_domain_is_kept",
    "S/MIME and PGP": "flows/test_protected.py an_encrypted_mail_is_a_ticket_that_says_so a_signed_mail_is_read",
    "safe names": "unit/ingest/test_headers.py attachment_names_have_no_path_and_no_tricks",
    "exact bytes to be had": "integration/console/test_ticket.py a_file_is_downloaded_and_that_leaves_a_trace",
    "taken out in a process of its own": "integration/ingest/test_workers.py "
    "a_part_is_taken_out_in_a_process_of_its_own",
    "the sniffed type beside the declared": "unit/ingest/test_sniff.py both_types_are_kept_of_a_disguised_file "
    "bytes_say_what_they_are",
    "HTML that reads well": "unit/ingest/test_body.py an_html_mail_has_text hidden_html_is_not_text "
    "shown_html_runs_and_fetches_nothing",
    "own words": "unit/ingest/test_reply.py quotes_and_signatures_are_cut no_word_of_the_writer_is_lost "
    "scanning_is_linear",
    "order numbers, phones, goal": "unit/ingest/test_said.py the_facts_of_a_demand",
    "the deadline asked for": "unit/ingest/test_said.py the_deadline_asked_for_is_an_instant",
    "one line": "unit/ingest/test_said.py the_line_is_taken_from_the_text",
    "bounces tied to their letter": "flows/test_bounces.py letter_address_and_owner",
    "machines in two languages": "unit/ingest/test_automatic.py headers_of_machines "
    "subjects_of_machines_and_of_people reports",
    "spam by trusted headers": "flows/test_trust.py a_mark_of_spam_counts_where_our_server_writes_it "
    "what_was_no_spam_becomes_a_ticket",
    "spam by a person's word": "flows/test_is_spam.py no_letter_leaves_and_nothing_is_owed "
    "a_reply_waits_where_the_spam_is what_was_said_meanwhile_is_heard_once_it_is_no_spam",
    "the view of spam": "unit/store/test_views.py tickets_called_spam_are_paged_by_who_wrote_last",
    "SPF, DKIM and DMARC of a trusted server": "unit/ingest/test_authentication.py "
    "a_server_without_a_name_is_trusted_only_where_that_is_said",
}
OTHER_WAYS = {
    "the page": "integration/console/test_portal.py the_number_is_in_the_same_answer files_come_along",
    "the API with its key": "integration/console/test_api.py the_same_key_files_once",
    "a logged call, chat, visit or questionnaire": "integration/console/test_log.py "
    "every_channel_gives_a_number_in_the_same_request",
}
NOTHING_HIDDEN = {
    "the trail of a mail": "integration/console/test_ticket.py the_page_tells_the_whole_story "
    "a_mail_without_a_letter_says_why",
    "the trail by command": "flows/test_explain.py every_step_of_a_mail_is_told whatever_got_no_letter_says_why",
    "a safe view, tried again": "integration/console/test_letters_and_mails.py "
    "a_quarantined_mail_is_looked_at_safely_and_tried_again",
    "all of them tried again": "integration/console/test_mail_servers.py the_whole_quarantine_is_tried_again",
    "numbers for a monitor": "integration/console/test_mail_servers.py a_monitor_on_this_machine_reads_numbers",
}
WHOSE = {
    "every reply prefix": "unit/ingest/test_subject.py prefixes_are_taken_off",
    "a number behind every prefix": "flows/test_whose_is_it.py the_number_counts_behind_every_prefix",
    "colleagues, people in copy, strangers": "flows/test_understanding.py colleagues_and_people_in_copy_belong",
    "free-mail domains": "flows/test_whose_is_it.py people_of_a_free_mail_provider_are_strangers",
    "two mailboxes, To and Cc": "flows/test_whose_is_it.py one_mail_through_two_mailboxes_is_one_ticket",
    "forwarded twice": "flows/test_whose_is_it.py a_mail_forwarded_twice_is_offered_as_one",
    "reopened within seven days, linked later": "flows/test_result.py a_reply_within_seven_days_reopens "
    "thanks_open_nothing_however_late",
    "thanks": "flows/test_understanding.py thanks_wake_nothing",
    "solved by himself": "integration/console/test_handling.py the_ticket_proposes_to_withdraw",
    "urging": "flows/test_understanding.py urging_by_mail_starts_its_clock",
    "the alarm of a surge": "flows/test_surge.py a_burst_is_told_with_its_count_and_passes",
    "customers with several addresses": "flows/test_merge_customers.py level_counts_and_tickets_follow "
    "undone_it_is_exactly_what_it_was the_same_demand_from_his_other_address_is_a_near_copy "
    "a_company_is_known_by_every_address",
    "customers merged by the API": "integration/console/test_handling_api.py customers_are_merged_and_taken_apart",
    "main and linked tickets": "flows/test_link.py there_is_one_main_ticket undo_brings_back_what_went_along",
    "several linked at once": "flows/test_link_many.py the_earliest_is_the_main_ticket what_goes_along_comes_back",
    "linked by command": "e2e/test_handle_commands.py tickets_are_linked_together_by_command",
    "linked by the API": "integration/console/test_handling_api.py tickets_are_linked_together",
    "a surge": "flows/test_link_many.py a_surge_becomes_one_outage",
    "near copies": "flows/test_understanding.py the_same_demand_again_is_offered_as_a_copy",
}
SHOWN = {
    "606 of 606, in time and memory": "integration/ingest/test_corpus.py "
    "every_mail_gives_an_object_in_workers_and_in_process",
    "98 % of the expected fields": "integration/ingest/test_corpus.py expected_fields_are_equal",
    "no replaced character without a defect": "integration/ingest/test_corpus.py "
    "no_text_or_attachment_is_missing_where_bytes_exist",
    "the reply cases": "integration/ingest/test_corpus.py the_reply_cases",
    "any bytes give an object": "unit/ingest/test_acceptance.py anything_gives_a_mail",
    "damaged mails": "integration/ingest/test_fuzz.py damaged_mails_break_no_promise",
    "all mails twice with kills": "integration/app/test_corpus_over_imap.py "
    "every_mail_is_stored_once_whatever_is_killed",
    "faults with their recovery time": "integration/ingest/test_bad_network.py every_fault_passes",
}
ALL = {**READING, **UNDERSTANDING, **WHOSE, **OTHER_WAYS, **NOTHING_HIDDEN, **SHOWN}


@pytest.mark.parametrize("promise", ALL.items(), ids=lambda promise: promise[0])
def test_each_promise_is_shown_by_tests_that_exist(promise):
    """Whoever renames or removes one of them sees what it was for."""
    assert absent_tests(promise[1]) == []


def test_no_promise_stands_twice():
    """A name in two lists would hide one of them."""
    assert len(ALL) == sum(map(len, (READING, UNDERSTANDING, WHOSE, OTHER_WAYS, NOTHING_HIDDEN, SHOWN)))
