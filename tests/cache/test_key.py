from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.cache.key import (
    address_of,
    beside,
    bucket,
    is_own,
    key_of,
    language_headers,
    language_of,
)
from preview_service.errors import BadRequest


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        (None, ""),
        ("en", ""),
        ("en-GB", ""),
        ("EN-us-x-chat", ""),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-Latn-CH-1996", "de"),
        ("pt-BR", "pt"),
        ("es-419", "es"),
        ("haw", "haw"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-hk", "zh-Hant"),
        ("zh-Hans-TW", "zh-Hans"),
        ("zh-hant", "zh-Hant"),
        ("fr-u-ca-gregory", "fr"),
    ],
)
def test_a_tag_is_reduced_to_what_sites_tell_apart(tag: str | None, language: str) -> None:
    assert bucket(tag) == language


@pytest.mark.parametrize(
    "tag",
    [
        *("", "d", "german", "de_AT", "de-", "-de", "de AT", "de,en", "de;q=0.5", "*", "x-private"),
        *("i-klingon", "de\r\nX: 1", "dé", "ｄｅ", "de-" + "a" * 9, "de" + "-abcde" * 20),
    ],
)
def test_what_is_no_tag_is_the_callers_mistake(tag: str) -> None:
    with pytest.raises(BadRequest, match="lang must be a BCP 47"):
        bucket(tag)


def test_the_language_is_asked_for_before_others() -> None:
    assert language_headers("de") == {"accept-language": "de,en;q=0.5,*;q=0.3"}
    assert language_headers("") == {}


@pytest.mark.parametrize("language", ["", "de", "zh-Hant"])
def test_a_key_tells_what_it_is_for(language: str) -> None:
    key = key_of("https://shop.example/p/42?x=1", language)
    assert address_of(key) == "https://shop.example/p/42?x=1"
    assert language_of(key) == language
    assert is_own(key)
    made_of_it = beside(key, "name")
    assert not is_own(made_of_it)
    assert address_of(made_of_it) == address_of(key)
    assert language_of(made_of_it) == language


@given(st.text(max_size=80))
def test_any_tag_is_a_language_or_a_callers_mistake(tag: str) -> None:
    with suppress(BadRequest):
        assert bucket(tag).isascii()
