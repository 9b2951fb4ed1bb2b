"""What is promised of the rules that an admin trusts, sentence by sentence: which tests of ours show it."""

from __future__ import annotations

import pytest

from tests.house.tree import ROOT, functions_of

LANGUAGE = {
    "a rule has its keys": "unit/rules/test_schema.py the_schema_lists_exactly_what_the_reader_takes",
    "editors complete by a schema that is printed": "e2e/test_rule_commands.py the_schema_is_one_json_object",
    "mistakes do not meet the schema": "unit/rules/test_schema.py a_mistake_does_not every_file_that_ships_meets_it",
    "values and messages in both": "unit/rules/test_faulty_files.py a_mistake_is_told_at_its_place_with_what_to_write",
    "every condition": "flows/test_rule_conditions.py a_condition_is_met a_condition_is_missed "
    "every_condition_of_the_schema_has_its_case",
    "every operator of text": "unit/rules/test_text.py each_operator places_of_words_are_counted",
    "script, width and case; borders of words": "unit/rules/test_text.py "
    "words_are_found_whatever_their_script_width_and_case",
    "what RE2 refuses is told": "unit/rules/test_faulty_files.py a_mistake_is_told_at_its_place_with_what_to_write",
    "word lists in files": "unit/rules/test_faulty_files.py an_unknown_word_list_is_told_with_the_nearest_one",
    "every action": "flows/test_rule_actions.py an_action_has_its_effect without_its_rule_there_is_no_effect "
    "every_action_of_the_schema_has_its_case",
    "a team's chat by Apprise": "integration/responder/test_hooks.py a_chat_is_told_through_apprise",
    "a letter of ones own, or none with the reason": "flows/test_named_letters.py the_first_rule_about_the_letter_wins "
    "an_example_expects_the_letter",
    "missing fields are asked for": "flows/test_ask_customer.py the_question_leaves_and_the_clocks_wait_for_the_answer "
    "only_what_is_missing_and_only_once",
    "links never chain, whoever is first": "integration/app/test_link_race.py links_made_at_once_make_no_chain",
    "on reply, change, clock and at a time": "flows/test_rule_occasions.py a_reply_changes_what_rules_and_models_said "
    "an_agents_change_asks_the_rules_of_changes a_clock_that_runs_out_asks_the_rules "
    "a_rule_is_asked_at_its_time_after_a_state",
    "a time after any state, however it was reached": "flows/test_rule_states.py "
    "its_rules_are_planned_and_the_trail_says_so",
    "a rule that goes live looks back": "flows/test_rule_goes_live.py a_ticket_whose_time_has_passed_is_asked_once "
    "there_is_no_flood",
    "order is file name, then place": "unit/rules/test_book.py "
    "local_rules_stand_before_the_built_in_ones_in_the_order_of_files",
    "the first rule wins, field by field": "unit/rules/test_decide.py the_first_rule_that_sets_a_field_wins_it "
    "floors_and_absolute_rules_together a_rule_that_stops_ends_the_matter_for_all_behind_it",
    "overridden hits are recorded": "flows/test_count_rules.py "
    "hits_what_was_overridden_and_what_a_trial_would_have_changed",
    "an agent is never overridden": "flows/test_rule_occasions.py an_agents_choice_is_never_overridden",
    "a rule that errors is recorded and told": "flows/test_review_rules.py "
    "a_rule_that_fails_is_recorded_and_told_and_mail_flows_on",
    "what a reply counts as, once": "flows/test_remark_rules.py a_reply_counts_as_one_thing "
    "what_a_reply_counts_as_decides_there_too",
    "every scalar is text": "unit/settings/test_nodes.py every_scalar_stays_the_text_that_was_written",
    "repeated keys, all at once": "unit/settings/test_nodes.py all_repeated_keys_of_a_file_are_told_at_once",
    "all mistakes at once": "unit/rules/test_faulty_files.py all_mistakes_of_a_file_are_told_at_once",
    "values that cannot be reached": "unit/rules/test_shadow.py a_rule_that_can_never_hold_is_told",
    "shadowed rules": "unit/rules/test_shadow.py a_rule_in_an_earlier_ones_shadow_is_told "
    "a_rule_that_can_still_act_is_not",
    "examples that contradict each other": "e2e/test_rule_commands.py list_and_review_tell_of_each_rule",
    "empty lines of word lists": "unit/settings/test_folder.py a_word_list_has_one_word_a_line",
    "alias bombs and deep nesting": "unit/settings/test_nodes.py an_alias_bomb_is_refused_without_being_expanded "
    "deep_nesting_is_refused_at_once",
}
LIFE = {
    "examples, near misses, what none reaches": "unit/rules/test_book.py "
    "examples_that_fail_are_told_with_what_was_expected_and_what_came",
    "branches of any that no example reaches": "unit/rules/test_coverage.py "
    "branches_of_any_that_hold_in_no_example_are_told a_rule_that_no_example_reaches_is_told_once",
    "a backtest tells each change with its mail": "flows/test_backtest.py "
    "each_change_is_told_with_its_mail_its_rule_and_the_agents_word precision_and_coverage_have_their_intervals "
    "a_backtest_touches_nothing",
    "later moments are tried, too": "flows/test_backtest_later.py each_occasion_tells_what_would_change "
    "it_is_tried_once_for_each_stay_that_was_long_enough it_touches_nothing",
    "on all cores, on both databases": "integration/app/test_backtest_children.py children_find_what_one_process_finds",
    "trials record what they would have done": "flows/test_count_rules.py agents_words_are_counted_as_they_stand "
    "agents_words_count_for_rules_that_run_later",
    "publishing with diff and backtest, one command back": "e2e/test_rule_commands.py "
    "rules_are_published_with_what_was_found_out_and_taken_back_by_one_command "
    "a_rule_whose_example_fails_is_not_published",
    "files are live within two seconds or refused": "integration/app/test_workers.py "
    "a_changed_file_is_live_within_two_seconds_or_refused",
    "explain names the condition and the words": "e2e/test_rule_commands.py "
    "explain_tells_every_rule_with_the_condition_that_decided_it",
    "the grounds of a decision": "integration/console/test_ticket.py every_rule_is_told_hit_or_miss "
    "what_a_reply_counts_as_is_told_with_who_decided thanks_on_an_archived_ticket_are_told_there",
    "suggested from corrections": "flows/test_suggest_rules.py words_that_agents_go_by_become_a_rule_on_trial "
    "without_a_pattern_nothing_is_suggested",
    "noise makes no rules": "unit/rules/test_mining.py noise_makes_no_rules nor_do_labels_of_which_one_is_common",
    "accepted by a click": "integration/console/test_rules.py a_suggestion_is_put_on_trial_by_a_click",
    "the weekly look": "flows/test_review_rules.py each_kind_is_told_with_its_place_and_what_to_do "
    "admins_are_told_once_a_week_in_working_time",
    "the page: list, editor, backtest, diff, back": "integration/console/test_rules.py "
    "figures_are_counted_and_shown_in_the_list the_checkers_words_stand_at_their_lines "
    "an_edit_is_tried_on_past_mail_before_it_acts "
    "an_edit_goes_live_with_its_reason_and_comes_back_by_one_click",
    "the form keeps comments": "integration/console/test_rule_form.py a_changed_field_changes_its_line_and_goes_live "
    "a_new_rule_is_made_without_a_word_of_yaml a_letter_of_ones_own_is_chosen_and_taken_back",
    "the form says every rule": "unit/console/test_rule_form.py the_form_says_every_shipped_rule "
    "no_rule_is_changed_by_being_shown everything_that_the_language_knows_can_be_added",
}
SHOWN = {
    "linear in the text": "unit/rules/test_text.py no_operator_is_super_linear_in_the_text",
    "linear, pattern by pattern": "unit/rules/test_fuzz.py no_condition_is_slower_than_its_text_is_long",
    "the shipped book": "unit/rules/test_builtin.py there_are_sixty_rules_and_sixty_urgent_texts "
    "the_shipped_files_have_no_problem_and_all_their_examples_pass "
    "each_rule_has_a_near_miss_and_two_hits each_value_is_decided_by_a_rule_in_both_languages",
    "sixty urgent texts": "unit/rules/test_builtin.py urgent_texts_are_found_by_rules_alone",
    "the urgent gold letters": "flows/test_gold_letters.py urgent_letters_are_found_with_few_false_alarms",
    "a hundred faulty files": "unit/rules/test_faulty_files.py there_are_a_hundred_faulty_files "
    "a_faulty_file_is_told_word_for_word",
    "fuzzed files": "unit/rules/test_fuzz.py a_damaged_file_is_told_in_places",
    "the first rule in twelve steps": "e2e/test_first_rule.py the_first_rule_goes_as_the_tutorial_says",
}
ALL = {**LANGUAGE, **LIFE, **SHOWN}


@pytest.mark.parametrize("promise", ALL.items(), ids=lambda promise: promise[0])
def test_each_promise_is_shown_by_tests_that_exist(promise):
    """Whoever renames or removes one of them sees what it was for."""
    file, *names = promise[1].split()
    assert names
    there = {function.name for function in functions_of(ROOT / "tests" / file)}
    assert {f"test_{name}" for name in names} <= there


def test_no_promise_stands_twice():
    """A name in two lists would hide one of them."""
    assert len(ALL) == len(LANGUAGE) + len(LIFE) + len(SHOWN)
