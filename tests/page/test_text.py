"""What is left of a value: one line that hides nothing from its reader."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.text import clean, cut


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("  two \t\r\n words \N{NO-BREAK SPACE} here\u2028", "two words here"),
        ("nul\0 bell\a escape\x1b[31m c1\x9b", "nul bell escape[31m c1"),
        ("next\x85line", "next line"),
        ("fdp\u202eexe.\u202c x\u2066y\u2069 \u200fz\u061c", "fdpexe. xy z"),
        ("zero\u200bwidth\ufeff\u2060 s\xadoft", "zerowidth soft"),
        ("filler\u3164 \u115f\u1160\uffa0blank", "filler blank"),
        ("tags \U000e0001\U000e0068\U000e0069\U000e007f end", "tags end"),
        ("lone \ud800 surrogate \udfff", "lone surrogate"),
        ("non\ufffe\uffff\ufdd0character", "noncharacter"),
        ("kept \ufffd replacement", "kept \ufffd replacement"),
        ("&amp; <b>", "&amp; <b>"),
        ("", ""),
        (" \u200b \u202e ", ""),
    ],
)
def test_what_is_not_seen_is_removed(text: str, expected: str) -> None:
    assert clean(text, 100) == expected


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: the word falls apart without its non-joiner
        "ක\u0dca\u200dෂ",  # Sinhala conjunct
        "क\u094d\u200dष",  # Devanagari half form
        "👩\u200d👩\u200d👧 family",
        "❤\ufe0f heart",
        "葛\U000e0100城",  # ideographic variation
        "Łódź Ελλάς 日本語 ｶﾅ e\u0301",
    ],
)
def test_what_shapes_words_and_emoji_is_kept(text: str) -> None:
    assert clean(text, 100) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200db", "ab"),
        ("é\u200d\u200b\u200d\u200b\u200dx", "é\u200dx"),
        ("\u200cword", "word"),
        ("می\u200c\u200c\u200d\u200cخ", "می\u200cخ"),
        ("😀\ufe0f\ufe01\ufe02\U000e0101x", "😀\ufe0fx"),
        ("\ufe0fx", "x"),
    ],
)
def test_joiners_and_selectors_cannot_spell_a_message(text: str, expected: str) -> None:
    assert clean(text, 100) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("twelve chars", 12, "twelve chars"),
        ("twelve chars", 11, "twelve char"),
        ("twelve chars", 7, "twelve"),
        ("👩\u200d👧", 2, "👩"),
        ("😀😀😀", 2, "😀😀"),
        ("  x", 1, "x"),
    ],
)
def test_a_value_is_cut_to_its_limit(text: str, limit: int, expected: str) -> None:
    assert clean(text, limit) == expected


def test_cutting_leaves_what_fits_alone() -> None:
    assert cut("as it is ", 9) == "as it is "


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_any_text_becomes_one_clean_line(text: str) -> None:
    found = clean(text, 50)
    assert len(found) <= 50
    assert found == " ".join(found.split())
    assert not {unicodedata.category(character) for character in found} & {"Cc", "Cs", "Zl", "Zp"}
    assert found.isascii() or clean(found, 50) == found
    found.encode()
