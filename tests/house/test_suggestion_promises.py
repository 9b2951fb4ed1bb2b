"""What is promised of the suggestions that agents believe, sentence by sentence: which tests of ours show it."""

from __future__ import annotations

import pytest

from tests.house.tree import ROOT, functions_of

SUGGEST = {
    "type, urgency, emotion and topic with coarse levels": "unit/settings/test_taxonomy.py "
    "the_shipped_taxonomy_has_every_field_with_three_names_and_a_default",
    "a value is renamed, merged or retired in the file": "unit/flows/test_suggest.py "
    "a_renamed_value_comes_under_its_new_name merged_values_are_as_probable_as_both_together "
    "a_retired_value_is_not_said",
    "history maps through the rename": "flows/test_taxonomy_life.py labels_follow_a_value_to_its_new_name "
    "mail_after_a_rename_is_suggested_under_the_new_name",
    "a new type starts from its own words": "flows/test_taxonomy_life.py a_new_type_is_suggested_at_once",
    "features": "unit/classifier/test_features.py words_come_with_their_neighbours the_subject_counts_twice "
    "numbers_become_their_kind every_rule_hit_is_a_signal",
    "the words of a desk": "integration/text/test_segment.py words_of_the_desk_stay_whole desks_share_the_dictionary",
    "they stay whole where the desk's model learns": "integration/classifier/test_fitting_apart.py "
    "the_words_of_the_desk_are_whole_in_the_process_too",
    "rjieba behind the same contract": "integration/text/test_segment.py both_ways_cut_any_text_alike",
    "temperature": "unit/classifier/test_calibration.py the_temperature_that_made_the_labels_is_found "
    "calibrated_confidence_shows_an_error_within_the_noise",
    "thresholds by the lower Wilson bound": "unit/classifier/test_calibration.py "
    "the_threshold_is_the_least_that_promises_95_percent few_or_doubtful_rows_give_no_threshold wilson_lower_bound",
    "below it group, next best and a person": "integration/console/test_learning.py "
    "an_unsure_suggestion_asks_for_a_person",
    "words for and against in the customer's own spelling": "unit/classifier/test_serving.py "
    "evidence_stands_where_the_writer_wrote_it evidence_of_the_subject_has_no_place_in_the_body",
    "they are told by command, with the rules that hit": "e2e/test_command_line.py "
    "classify_answers_in_order_and_marks_a_bad_line",
    "and for a ticket, as stored": "flows/test_explain.py what_the_model_said_is_told_with_its_words",
    "the three nearest past tickets": "flows/test_precedents.py three_past_tickets_stand_beside_a_new_one",
    "shown with what agents made of them": "integration/console/test_learning.py a_ticket_shows_its_like",
    "out of scope": "unit/classifier/test_serving.py a_text_of_unknown_words_is_less_certain "
    "what_is_accepted_is_certain_enough",
    "Traditional and Simplified by one model": "unit/classifier/test_serving.py both_scripts_get_the_same_suggestion",
    "English among Chinese": "unit/classifier/test_serving.py an_english_word_is_not_found_inside_another",
    "emotion by words and negation": "flows/test_emotions.py words_and_their_denial",
}
LEARN = {
    "a correction or confirmation is a label with its weight, masked": "flows/test_retrain.py "
    "what_agents_say_becomes_labels old_labels_are_worth_half",
    "refits come at steps and nightly": "integration/classifier/test_learning.py fits_come_at_steps "
    "a_night_is_enough_for_one_label",
    "the tenth label asks for one": "flows/test_retrain.py a_fit_comes_with_the_tenth_label",
    "in another process": "integration/classifier/test_fitting_apart.py a_lesson_comes_back_as_arrays "
    "the_process_gets_no_secret",
    "under a lease, no request missed": "flows/test_retrain.py one_process_learns_at_a_time "
    "mail_is_filed_while_a_model_is_fitted",
    "the blend": "unit/classifier/test_blend.py own_labels_take_over_slowly "
    "probabilities_are_mixed_over_the_values_of_both",
    "our letters help and do not drown": "integration/classifier/test_training.py "
    "aids_are_learnt_and_nothing_is_measured_on_them aids_do_not_drown_the_first_labels",
    "a term needs two customers": "integration/classifier/test_learning.py a_term_needs_two_writers",
    "the gate": "unit/classifier/test_gate.py an_equal_model_passes a_model_that_lost_much_is_kept_aside "
    "missing_urgent_messages_weighs_more a_model_that_boasts_is_kept_aside",
    "on what the serving model has not seen": "flows/test_retrain.py "
    "the_next_lesson_knows_what_the_serving_model_has_seen a_model_that_fails_the_gate_is_kept_aside",
    "compare, promote, roll back": "e2e/test_model_commands.py a_model_lives_by_command_line",
    "back to what served before": "flows/test_retrain.py rollback_goes_back_to_what_served_before",
    "each ticket knows its version; no restart": "flows/test_retrain.py workers_change_the_model_without_a_restart",
    "arrays and a card, no pickle": "unit/classifier/test_model.py an_array_of_objects_is_never_unpickled "
    "the_card_says_what_the_model_is",
    "least certain first, with diversity": "unit/flows/test_teach.py the_least_certain_of_each_type_come_first "
    "two_messages_about_one_matter_are_asked_about_once",
    "its view and API with the effect": "integration/console/test_learning.py "
    "what_teaches_most_is_shown_with_its_effect",
    "drift a week, in words": "unit/flows/test_drift.py what_got_worse_is_said_in_words steady_weeks_are_no_news",
    "on pages and by the API": "integration/console/test_learning.py a_drift_is_told_in_words",
    "the admin's page": "integration/console/test_models.py versions_are_listed_with_verdict_and_figures "
    "a_model_shows_its_plots_with_the_numbers_behind the_slider_answers_with_share_and_accuracy",
    "only admins change models": "integration/console/test_models.py an_admin_promotes_and_goes_back "
    "agents_do_not_change_models",
}
MEASURE = {
    "any JSONL and label set, without a home": "e2e/test_model_commands.py a_model_is_measured_from_outside",
    "train and evaluate": "integration/classifier/test_commands.py a_model_is_trained_and_scored "
    "bad_rows_are_reported_with_their_line rule_hits_come_from_the_caller",
    "rows replayed as corrections": "integration/classifier/test_learning.py a_replay_tells_who_was_right_by_hundred",
    "cold start on letters labelled by hand": "flows/test_gold_letters.py "
    "urgent_letters_are_found_with_few_false_alarms",
    "as scikit-learn answers": "unit/classifier/test_serving.py the_arrays_answer_as_scikit_learn_does",
    "many texts at once as each alone": "unit/classifier/test_counting.py each_text_has_its_own_terms "
    "the_seed_sees_many_texts_as_it_sees_each",
    "the seed is built from its rows": "unit/classifier/test_seed.py the_arrays_were_built_from_these_rows",
}
BAD_INPUT = {
    "empty, emoji, control characters, another language": "integration/classifier/test_bad_input.py "
    "what_says_nothing_gets_no_suggestion_and_a_reason "
    "control_characters_and_emoji_among_words_change_nothing_that_matters",
    "the reason is said": "e2e/test_command_line.py classify_says_why_the_model_abstains",
    "and on the ticket's page": "integration/console/test_ticket.py "
    "why_the_model_said_nothing_stands_in_the_readers_language",
    "5 MB": "integration/classifier/test_bad_input.py five_megabytes_are_answered_as_their_beginning",
    "a class with one label": "integration/classifier/test_bad_input.py "
    "a_value_with_one_label_is_learnt_and_never_accepted",
    "all labels equal": "integration/classifier/test_bad_input.py labels_that_are_all_equal_teach_nothing "
    "labels_without_a_word_teach_nothing_that_harms",
    "a corrupt model row": "flows/test_retrain.py a_row_that_cannot_be_read_leaves_the_last_good_model",
    "it stops no learning": "integration/classifier/test_learning.py a_damaged_row_of_what_serves_stops_no_learning",
    "whatever is damaged": "unit/classifier/test_model.py whatever_is_damaged_raises_one_thing "
    "what_is_no_model_is_refused",
    "a full disk while fitting": "flows/test_retrain.py a_full_disk_while_fitting_leaves_the_last_good_model",
    "a process that dies": "integration/classifier/test_fitting_apart.py a_process_that_dies_is_told",
}
ALL = {**SUGGEST, **LEARN, **MEASURE, **BAD_INPUT}


@pytest.mark.parametrize("promise", ALL.items(), ids=lambda promise: promise[0])
def test_each_sentence_is_shown_by_tests_that_exist(promise):
    """Whoever renames or removes one of them sees what it was for."""
    file, *names = promise[1].split()
    assert names
    there = {function.name for function in functions_of(ROOT / "tests" / file)}
    assert {f"test_{name}" for name in names} <= there


def test_no_sentence_stands_twice():
    """A name in two lists would hide one of them."""
    assert len(ALL) == len(SUGGEST) + len(LEARN) + len(MEASURE) + len(BAD_INPUT)
