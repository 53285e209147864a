"""The words of the report."""

from __future__ import annotations

import string

from mvkt.web.report.report_words import _WORDS, numbers_in, report_words


def test_both_languages_take_the_same_values() -> None:
    for english, german in _WORDS.values():
        fields = [[name for _, name, _, _ in string.Formatter().parse(text) if name] for text in (english, german)]
        assert sorted(fields[0]) == sorted(fields[1])


def test_values_are_put_in() -> None:
    assert report_words("years", "en", age=61.0) == "61 years"
    assert report_words("years", "de", age=61.0) == "61 Jahre"
    assert report_words("filtered", "en", low="0.5", high="40") == "filtered 0.5 to 40 Hz"


def test_numbers_are_written_as_in_the_language() -> None:
    assert numbers_in("9.5% of 1.5 s", "de") == "9,5 % of 1,5 s"
    assert numbers_in("9.5%", "en") == "9.5%"
