"""The Web's charset labels: a table that is whole, and means what browsers mean."""

import codecs

import pytest

from preview_service.page.encodings import CODECS, ENCODINGS, LABELS


def test_every_encoding_has_a_codec_that_python_knows() -> None:
    for codec in CODECS.values():
        assert codecs.lookup(codec)._is_text_encoding


def test_no_label_stands_twice() -> None:
    labels = [label for _, labels in ENCODINGS.values() for label in labels.split()]
    assert len(labels) == len(set(labels)) == 228


def test_every_name_is_its_own_label() -> None:
    assert {name: LABELS.get(name) for name in ENCODINGS} == {name: name for name in ENCODINGS}


@pytest.mark.parametrize(
    ("label", "name", "codec"),
    [
        ("latin1", "windows-1252", "cp1252"),
        ("iso-8859-1", "windows-1252", "cp1252"),
        ("us-ascii", "windows-1252", "cp1252"),
        ("iso-8859-9", "windows-1254", "cp1254"),
        ("tis-620", "windows-874", "cp874"),
        ("gb2312", "gbk", "gb18030"),
        ("ks_c_5601-1987", "euc-kr", "cp949"),
        ("x-sjis", "shift_jis", "cp932"),
        ("unicode", "utf-16le", "utf-16-le"),
        ("logical", "iso-8859-8-i", "iso8859_8"),
    ],
)
def test_a_label_means_what_it_means_in_a_browser(label: str, name: str, codec: str) -> None:
    assert (LABELS[label], CODECS[name]) == (name, codec)


@pytest.mark.parametrize(
    "label", ["utf-7", "utf-32", "punycode", "idna", "rot13", "unicode_escape"]
)
def test_a_codec_that_the_web_has_not_is_no_label(label: str) -> None:
    assert label not in LABELS


def test_circled_digits_of_japanese_mainframes_are_read() -> None:
    assert b"\xad\xa1\xad\xea".decode(CODECS["euc-jp"]) == "①㈱"
