"""The text that a signed session's hash is made of."""

import hashlib

from treatments.sessions.rules.record_hash import (
    sha256_of_signed_text,
    signed_record_text,
    split_hash_into_lines,
)


def test_the_text_is_the_same_in_whatever_order_it_is_read():
    rows = [("dose", {"id": 1, "ml": "1.00"}), ("pain", {"id": 2, "score": 4})]

    assert signed_record_text(rows) == signed_record_text(reversed(rows))


def test_the_text_begins_with_its_form_and_has_one_line_for_each_row():
    text = signed_record_text([("session", {"note": "two\nlines, é", "id": 3})])

    assert (
        text
        == 'mesoclinic session record, form 3\n{"part":"session","row":{"id":3,"note":"two\\nlines, é"}}\n'
    )


def test_a_row_less_and_a_word_more_give_another_hash():
    one = [("session", {"id": 3, "note": ""})]

    hashes = {
        sha256_of_signed_text(signed_record_text(rows))
        for rows in (one, [], [("session", {"id": 3, "note": "x"})])
    }

    assert len(hashes) == 3


def test_the_hash_is_the_sha_256_of_the_text():
    assert sha256_of_signed_text("é\n") == hashlib.sha256(b"\xc3\xa9\n").hexdigest()


def test_the_digits_are_printed_in_groups_that_people_compare():
    lines = split_hash_into_lines("0123456789abcdef" * 4)

    assert lines == ["01234567 89abcdef 01234567 89abcdef"] * 2
