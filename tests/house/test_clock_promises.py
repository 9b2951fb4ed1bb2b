"""What is promised of clocks, letters and the outbox, sentence by sentence: which tests of ours show it."""

from __future__ import annotations

import pytest

from tests.house.tree import ROOT, functions_of

CLOCKS = {
    "a pure engine of events": "unit/responder/test_clocks.py a_demand_starts_four_clocks "
    "our_own_silence_never_pauses the_end_of_a_ticket_ends_its_clocks events_after_now_have_not_happened",
    "it says of a ticket what serves it": "flows/test_one_clockwork.py any_life_has_the_same_due_times",
    "every state of a clock": "unit/responder/test_clocks.py a_clock_warns_at_three_quarters_and_breaks_after_its_end "
    "a_late_answer_is_a_broken_promise_for_ever a_new_decision_supersedes_and_what_was_told_stays_told",
    "each clock of each policy": "unit/responder/test_promises.py each_clock_of_each_policy c_s_own_rows",
    "four policies as files": "unit/responder/test_policies.py four_policies_ship_without_a_problem "
    "a_local_file_overrides_by_name_and_only_what_it_says",
    "policies by type, priority, urgency, level, mailbox, team": "unit/responder/test_choice.py "
    "the_first_choice_that_fits_serves",
    "coverage asked at first run": "integration/console/test_coverage.py an_admin_is_asked_once",
    "durations in both languages": "unit/domain/test_duration.py a_duration_says_its_kind "
    "words_are_read_back_as_the_same_duration",
    "the table of states": "flows/test_move.py the_table_decides_for_every_role_and_every_pair",
    "which clocks run in each": "unit/responder/test_policy_examples.py the_table_knows_every_state "
    "a_desk_may_change_one_state",
    "windows, holidays, make-up days": "unit/domain/test_calendar.py due_times_in_china "
    "holidays_and_makeup_days_are_named a_makeup_day_may_have_windows_of_its_own",
    "special hours": "unit/domain/test_calendar.py a_working_day_may_have_special_hours",
    "right across DST": "unit/domain/test_calendar.py minutes_are_real_minutes_when_clocks_change "
    "office_hours_stay_at_their_wall_times_over_a_change",
    "China as published": "unit/settings/test_calendar_year.py the_shipped_days_are_those_of_another_source",
    "2027 is provisional": "unit/settings/test_calendar_year.py a_year_that_nobody_announced_is_provisional "
    "the_arithmetic_says_that_a_day_is_provisional",
    "calendar generate": "e2e/test_promise_commands.py calendar_generate_writes_a_year_into_the_home",
    "a warning 60 days before": "unit/flows/test_health.py the_end_of_the_known_year_is_told_sixty_days_before",
    "iCalendar by command": "e2e/test_promise_commands.py calendar_import_reads_icalendar",
    "iCalendar on the page": "integration/console/test_calendar.py a_year_from_a_file_is_seen_before_it_goes_live "
    "what_is_no_calendar_is_told_in_the_reader_s_language",
    "the year on a page": "integration/console/test_calendar.py "
    "a_year_shows_holidays_and_makeup_days_in_both_languages",
    "pauses with reason and cap": "flows/test_move.py a_hold_has_a_reason_and_an_end the_end_lies_within_the_cap "
    "the_customers_word_ends_a_hold",
    "extension with approval and letter": "flows/test_extend.py it_counts_when_the_letter_has_left "
    "the_lead_decides_and_not_on_his_own_request without_a_letter_no_time_moves",
    "a told time never moves later": "flows/test_extend.py a_correction_never_moves_a_told_time_later "
    "earlier_is_silent_and_back_is_as_told",
    "figures against the told time": "flows/test_extend.py kept_is_measured_by_what_was_told "
    "an_earlier_time_is_told_with_what_counts",
    "every extension that waits is seen": "integration/console/test_handling.py extensions_come_page_by_page "
    "a_lead_decides_on_one_page",
    "warnings, each once": "flows/test_tick.py each_share_warns_once each_warning_is_one_notice "
    "of_high_priority_the_lead_hears_when_the_time_is_up",
    "shares that can be set": "unit/responder/test_policies.py the_shares_at_which_people_are_told_can_be_set",
    "by mail, console and channel": "flows/test_notify.py an_event_is_told_once a_mail_speaks_the_readers_language "
    "a_hook_is_told_codes_and_ids",
    "quiet hours": "flows/test_notify.py nobody_is_disturbed_at_night quiet_hours_are_a_persons_own",
    "reasons of a breach": "flows/test_extend.py a_late_promise_has_a_reason_of_the_list",
    "tick by index": "unit/store/test_costs.py nothing_is_searched_row_by_row",
    "an outage is worked through": "flows/test_tick.py a_days_outage_is_worked_through_in_order_with_progress "
    "after_an_outage_the_last_one_is_enough "
    "one_promise_that_cannot_be_handled_stops_no_other",
    "the arithmetic": "flows/test_arithmetic.py the_command_tells_the_same every_clock_speaks_english "
    "an_extension_is_told_apart_from_what_was_counted",
    "the arithmetic in a line": "unit/domain/test_clock_words.py what_counts_and_what_does_not a_pause_has_its_reason",
    "the arithmetic on the page": "integration/console/test_answer.py the_arithmetic_shows_the_pause",
    "sla explain": "e2e/test_promise_commands.py sla_explain_follows_the_choice "
    "a_demand_that_cannot_be_meant_is_told_and_stops_no_other_line",
    "examples in policies are tests": "e2e/test_promise_commands.py sla_test_runs_the_examples_of_every_policy",
}
LETTERS = {
    "each in three languages": "unit/responder/test_local_letters.py the_shipped_letters_have_no_problems",
    "without a defect by two parsers": "unit/responder/test_every_letter.py a_letter_is_a_mail_without_a_defect",
    "a switch for all": "unit/flows/test_compile.py one_switch_holds_or_stops_the_letters_of_all_mailboxes",
    "a person's name": "flows/test_person_named.py from_the_first_response_on_it_is_a_persons",
    "one Chinese line": "unit/responder/test_every_letter.py an_english_letter_has_one_chinese_line",
    "wording only when sure": "unit/responder/test_letters.py regret_is_said_only_when_it_is_sure "
    "no_letter_names_priority_level_or_emotion",
    "salutation": "unit/responder/test_form_of_address.py the_form_is_said_once_and_never_alone",
    "layout per mailbox": "unit/responder/test_letter_words.py a_mailbox_has_words_of_its_own "
    "it_goes_with_the_letter_and_is_read_by_three_parsers",
    "seen in a browser": "e2e/test_letters_in_chromium.py every_letter_fits_its_window_and_fetches_nothing",
    "a sandbox that cannot grow": "unit/responder/test_worst_letters.py no_list_is_written_out "
    "what_passes_is_small_and_quick nothing_that_the_language_can_say_grows",
    "strictly defined": "unit/responder/test_local_letters.py something_undefined_is_an_error_and_no_hole",
    "replies check": "e2e/test_promise_commands.py replies_check_names_every_mistake",
    "replies preview": "e2e/test_promise_commands.py letters_are_previewed_and_moved_by_command",
    "an editor with a preview": "integration/console/test_letters.py both_checkers_speak_at_their_lines "
    "an_edit_goes_live_with_a_reason_and_comes_back_with_one_click",
    "the wording check": "unit/responder/test_wording_check.py what_is_wrong_is_said_at_its_place "
    "a_better_sentence_is_written_out a_first_response_of_low_priority_names_a_date our_own_letters_keep_to_it",
    "a second person": "flows/test_answer.py money_waits_for_a_second_person the_author_is_not_the_second_person "
    "a_letter_in_a_grave_matter_waits_for_a_second_person",
    "commitments": "unit/responder/test_commitments.py a_promised_time_is_found "
    "what_is_no_promise_is_not_taken_for_one",
    "commitments become clocks": "flows/test_answer.py a_promise_in_the_letter_becomes_a_clock",
    "right as mail": "unit/responder/test_letter_bytes.py headers a_long_outlook_id_stays_in_one_piece "
    "a_long_chain_keeps_the_root_and_the_latest the_envelope_of_an_automatic_letter_is_null",
    "letters of care": "flows/test_send_care.py a_chosen_customer_gets_one_that_he_can_stop "
    "it_leaves_while_somebody_works one_in_seven_days nobody_who_is_not_there",
    "one click stops them": "flows/test_stop_care.py the_letter_says_how one_click_stops_them nobody_stops_anothers",
    "without signing in": "integration/console/test_stop.py a_mail_program_posts_once a_person_looks_first",
    "care on a page and by command": "integration/console/test_care.py who_gets_it_is_seen_before_it_is_sent "
    "only_those_who_work_may",
    "DKIM": "integration/responder/test_dkim.py a_receiver_verifies_the_letter the_standards_own_letter_verifies",
    "a question for a missing field": "flows/test_ask_customer.py "
    "the_question_leaves_and_the_clocks_wait_for_the_answer "
    "a_reply_that_does_not_give_it_is_asked_again_but_twice_at_most",
    "the apology": "flows/test_apologise.py a_broken_told_time_is_apologised_for_once",
}
OUTBOX = {
    "a letter's states": "unit/store/test_outbox.py a_queued_letter_is_shown_as_far_as_it_is "
    "a_sent_letter_has_its_proof a_letter_that_came_back_is_bounced_once a_person_moves_letters",
    "pauses that are not the same": "flows/test_letters.py what_failed_together_does_not_come_back_together",
    "refusals per recipient": "integration/responder/test_smtp_answers.py "
    "a_partly_refused_letter_is_sent_and_says_so an_injected_recipient_is_refused_alone",
    "limits and kept connections": "integration/responder/test_accounts.py a_minute_lets_out_so_many",
    "connections are kept": "integration/responder/test_transports.py a_connection_is_kept",
    "accounts with fall-back": "integration/responder/test_accounts.py "
    "where_one_cannot_be_reached_the_next_takes_the_letter a_mailbox_signs_in_by_its_token",
    "STARTTLS or nothing": "integration/responder/test_smtp_tls.py starttls_that_is_not_offered_sends_nothing",
    "undo": "flows/test_answer.py a_letter_can_be_taken_back_until_it_leaves",
    "hold and release": "flows/test_letters.py a_held_letter_leaves_when_it_is_released",
    "an hour's outage": "flows/test_turns.py an_hours_outage_drains_in_order_within_the_limits",
    "caps per customer and day": "flows/test_merge_customers.py the_cap_is_one_for_all_his_addresses",
    "caps per address and hour": "unit/responder/test_guard.py each_reason_for_silence below_the_caps_letters_go_out",
    "progress, two a day, none at night": "flows/test_tick.py two_a_day_and_then_an_agent_is_asked "
    "at_night_it_waits_until_eight at_night_an_agent_is_asked_too "
    "above_the_cap_the_letter_waits_for_the_next_allowed_hour",
    "what waited is overtaken by an answer": "flows/test_tick.py what_waits_for_the_morning_is_overtaken_by_a_person",
    "an acknowledgement too": "flows/test_late_letters.py a_letter_held_past_its_promise_and_an_answer_does_not_go",
    "two desks stop": "flows/test_two_desks.py they_stop_after_one_exchange",
    "bounces": "flows/test_bounces.py letter_address_and_owner no_automatic_letter_until_a_person_clears_it",
    "the form of an answer": "integration/console/test_answer.py the_draft_is_checked_while_it_is_written "
    "an_answer_may_begin_with_a_letter a_file_is_sent_from_the_form notes_and_calls_stand_in_the_conversation",
    "the first response by a letter": "flows/test_answer.py it_waits_a_moment_and_then_keeps_the_first_response",
    "the first response by a call": "integration/console/test_log.py "
    "what_was_answered_on_the_spot_keeps_the_first_response",
    "the first response from the sent folder": "flows/test_sent.py "
    "an_answer_joins_its_ticket_and_keeps_the_first_response",
    "a caller is known again": "integration/console/test_log.py a_caller_without_an_address_is_found_by_his_number",
}
SHOWN = {
    "120 cases by hand, counted independently": "unit/responder/test_clock_cases.py "
    "there_are_as_many_cases_as_promised the_due_time_is_that_worked_out_by_hand "
    "an_independent_count_of_minutes_agrees",
    "splitting adds up": "unit/domain/test_calendar_properties.py splitting_adds_up "
    "a_later_start_is_never_due_earlier a_make_up_day_never_makes_it_later",
    "a pause brings nothing nearer": "unit/responder/test_clocks.py a_pause_never_brings_a_due_time_nearer",
    "SMTP chaos": "integration/app/test_letters_in_trouble.py 4xx_then_2xx 5xx a_partial_refusal a_drop_after_the_text "
    "a_slow_server nobody_there tls_refused",
    "a kill in each state": "integration/app/test_letters_in_trouble.py a_sender_is_killed "
    "a_sender_is_killed_at_the_second_try",
    "each conversation once": "integration/app/test_kill.py each_conversation_is_answered_once",
}
ALL = {**CLOCKS, **LETTERS, **OUTBOX, **SHOWN}


@pytest.mark.parametrize("promise", ALL.items(), ids=lambda promise: promise[0])
def test_each_promise_is_shown_by_tests_that_exist(promise):
    """Whoever renames or removes one of them sees what it was for."""
    file, *names = promise[1].split()
    assert names
    there = {function.name for function in functions_of(ROOT / "tests" / file)}
    assert {f"test_{name}" for name in names} <= there


def test_no_promise_stands_twice():
    """A name in two lists would hide one of them."""
    assert len(ALL) == sum(map(len, (CLOCKS, LETTERS, OUTBOX, SHOWN)))
