"""Twenty cases that real mail taught, and ten traps of parsing it: which tests of ours show each."""

from __future__ import annotations

import pytest

from tests.house.tree import absent_tests

PARSED = "unit/ingest/test_acceptance.py"
HEADERS = "unit/ingest/test_headers.py"
BODY = "unit/ingest/test_body.py"
HOSTILE = "integration/ingest/test_hostile.py"
WORKERS = "integration/ingest/test_workers.py"
RECEIVED = "flows/test_receive.py"

CASES = {
    "1 a SendGrid bounce whose nested part never begins": f"{PARSED} a_bounce_whose_nested_part_has_no_start_is_parsed",
    "2 a malformed report of the same kind": f"{PARSED} a_bounce_whose_nested_part_has_no_start_is_parsed",
    "3 gb2312 with GBK characters": f"{PARSED} gbk_characters_under_the_label_gb2312_are_exact",
    "4 a whole text of them in Traditional": f"{PARSED} a_traditional_text_under_the_label_gb2312_is_exact",
    "5 gbk with four-byte characters": f"{PARSED} gb18030_characters_under_the_label_gbk_are_exact",
    "6 one bad byte": f"{PARSED} one_bad_byte_costs_one_character",
    "7 odd names of GBK": f"{PARSED} all_names_of_the_gb_family_mean_gb18030",
    "8 GBK under no label or a Latin one": f"{PARSED} gbk_without_a_believable_label_is_guessed_and_said_so",
    "9 Big5 with HKSCS": f"{PARSED} big5_with_hong_kong_characters_is_exact a_raw_big5_subject_is_not_taken_for_gbk",
    "10 seven-bit charsets": f"{PARSED} seven_bit_charsets_are_decoded_without_any_transfer_encoding "
    "iso_2022_jp_is_recognised_without_a_label",
    "11 encoded words split within a character": f"{PARSED} a_character_split_over_two_encoded_words_comes_out_whole "
    "encoded_words_of_the_gb_family_are_exact",
    "12 a raw GBK subject": f"{PARSED} a_raw_gbk_subject_is_exact",
    "13 odd senders": f"{PARSED} senders_are_found_however_they_are_written",
    "14 names of files": f"{PARSED} file_names_are_decoded_however_they_are_encoded",
    "15 a nameless picture": f"{PARSED} a_nameless_picture_is_one_attachment_with_a_stable_name",
    "16 a mail within a mail": f"{PARSED} a_nested_message_is_one_eml_with_exact_bytes",
    "17 boundaries missing, unused or wrong": f"{PARSED} an_unusable_multipart_is_shown_as_text_and_flagged",
    "18 a byte order mark or junk before the headers": f"{PARSED} headers_are_found_behind_junk",
    "19 hostile subjects, nesting and senders": f"{HOSTILE} a_subject_of_80_000_encoded_words "
    "fifty_thousand_of_anything_in_from nesting_1500_deep_shows_the_innermost_text a_large_attachment",
    "19 and the next mail goes on": f"{WORKERS} a_20_mb_attachment_goes_through_the_pipe "
    "a_mail_that_kills_its_worker_is_quarantined_alone "
    "a_mail_that_wants_too_much_memory_is_quarantined_and_the_worker_lives",
    "20 all mails twice, with kills": "integration/app/test_corpus_over_imap.py "
    "every_mail_is_stored_once_whatever_is_killed",
    "20 replies": "unit/ingest/test_reply.py no_word_of_the_writer_is_lost quotes_and_signatures_are_cut",
}
TRAPS = {
    "1 bytes first, each once": f"{RECEIVED} one_mail_that_cannot_be_fetched_stops_no_other "
    "after_a_new_uidvalidity_nothing_is_doubled_or_answered_late",
    "2 parsed in a child with limits": f"{WORKERS} a_mail_that_burns_the_processor_is_stopped_by_the_kernel",
    "2 header blocks are capped": f"{HOSTILE} header_blocks_without_measure",
    "3 our own decoding": "unit/ingest/test_charset.py undeclared_bytes_are_decoded_as_the_language_they_are "
    "html_says_its_own_charset utf8_under_a_double_byte_label_is_utf8",
    "4 headers and names": f"{HEADERS} unstructured_headers_are_unfolded_and_decoded mime_parameters",
    "5 every leaf is kept": f"{BODY} pictures_of_a_related_html_are_attachments part_paths_count_as_imap_does",
    "5 signed and encrypted": "unit/ingest/test_protected.py a_signature_beside_the_text_is_no_file_of_the_customer",
    "6 repair on a copy": f"{PARSED} headers_are_found_behind_junk an_unusable_multipart_is_shown_as_text_and_flagged",
    "7 a sender is never dropped": f"{HEADERS} a_missing_from_falls_back_and_is_noted",
    "8 machines are known": "unit/ingest/test_automatic.py headers_of_machines subjects_of_machines_and_of_people "
    "subjects_of_returned_mail reports",
    "9 no NUL, no lone surrogate": f"{PARSED} nul_and_lone_surrogates_never_come_out",
    "10 the ID command before SELECT": "integration/ingest/test_imap_mailbox.py "
    "the_client_introduces_itself_before_select",
}


@pytest.mark.parametrize("case", [*CASES.items(), *TRAPS.items()], ids=lambda case: case[0])
def test_each_case_is_shown_by_tests_that_exist(case):
    """Whoever renames or removes one of them sees what it was for."""
    assert absent_tests(case[1]) == []


def test_no_case_is_missing():
    """Twenty cases and ten traps, by number."""
    assert {int(name.split()[0]) for name in CASES} == set(range(1, 21))
    assert {int(name.split()[0]) for name in TRAPS} == set(range(1, 11))
