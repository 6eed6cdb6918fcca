"""The SMS alphabet of 3GPP TS 23.038."""

import pytest

from preview_service.channels.gsm7 import BASIC, EXTENSION, is_gsm7, septets, transliterate


def test_the_alphabet_has_the_standards_size() -> None:
    """128 codes, one of them the escape to a table of 10 more."""
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("Trail shoe", 10), ("@£$¥èéùìòÇ", 10), ("[42]", 6), ("€", 2), ("^{}\\~|", 12)],
)
def test_extension_characters_cost_two_septets(text: str, length: int) -> None:
    assert septets(text) == length


@pytest.mark.parametrize("char", ["ç", "`", "…", "–", "’", "\u00a0", "Á", "ő", "á", "👟", "א", "ⅼ"])
def test_characters_outside_the_alphabet(char: str) -> None:
    assert not is_gsm7(f"shoe {char}")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("Trail shoe [42] à la carte", "Trail shoe [42] à la carte"),
        ("“Trail” ‘shoe’ – 42…", "\"Trail\" 'shoe' - 42..."),
        ("façade, garçon", "facade, garcon"),
        ("Zażółć gęślą jaźń", "Zazolc gesla jazn"),
        ("e\u0301te\u0301", "été"),
        ("Größe 42½, ½ price", "Größe 42 1/2, 1/2 price"),
        ("20° ±5°, ≤ 3, ≥ 2, ≠ 1", "20 +/-5, <= 3, >= 2, != 1"),
        ("Hawaiʻi", "Hawai'i"),
        ("Œuvre № 5", "OEuvre No 5"),
        ("shoe 👟 42 🇩🇪", "shoe 42"),
        ("12\u00a0€", "12 €"),
        ("ﬁt", "fit"),
        ("Acme®", "Acme(R)"),
    ],
)
def test_typography_and_accents_are_simplified(text: str, spelled: str) -> None:
    assert transliterate(text) == spelled


@pytest.mark.parametrize(
    "text", ["حذاء", "Купить shoe", "靴", "42 ٤٢", "हिन्दी", "👟🔥", "ελληνικά"]
)
def test_what_would_lose_letters_is_not_transliterated(text: str) -> None:
    assert transliterate(text) is None
