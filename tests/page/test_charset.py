"""Which charset a page is read in, by the HTML standard's order, and how it becomes UTF-8."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.charset import (
    PRESCAN_BYTES,
    WINDOW_BYTES,
    Transcoder,
    declared,
    encoding_for,
)
from preview_service.page.encodings import CODECS

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"

# A script would have to be run for this one.
NOT_FOUND_WITHOUT_SCRIPTS = {
    b"<!DOCTYPE HTML>\n<script>document.write('<meta charset=\"ISO-8859-' + '2\">')</script>"
}


def transcoded(chunks: list[bytes], label: str | None = None) -> tuple[str, str]:
    """The charset and the text of a page that comes in *chunks*."""
    transcoder = Transcoder(label)
    utf8 = b"".join([*(transcoder.feed(chunk) for chunk in chunks), transcoder.close()])
    return transcoder.charset, utf8.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF-8", "utf-8"),
        ("\t utf8 \n", "utf-8"),
        ("Latin1", "windows-1252"),
        ("utf 8", None),
        ("utf-7", None),
        ("\N{NO-BREAK SPACE}utf-8", None),
        ("", None),
        (None, None),
    ],
)
def test_a_label_names_an_encoding_or_nothing(label: str | None, name: str | None) -> None:
    assert encoding_for(label) == name


@pytest.mark.parametrize(
    ("head", "label", "name"),
    [
        (b"\xef\xbb\xbf<meta charset=koi8-r>", "windows-1251", "utf-8"),
        (b"\xff\xfe<\x00", "utf-8", "utf-16le"),
        (b"\xfe\xff\x00<", None, "utf-16be"),
        (b"<meta charset=koi8-r>", "windows-1251", "windows-1251"),
        (b"<meta charset=koi8-r>", "utf-7", "koi8-r"),
        (b"<meta charset=koi8-r>", "utf-8", "utf-8"),
        (b"<meta charset=koi8-r>\xd0\xbb \xd0", "utf-8", "utf-8"),
        (b"<meta charset=koi8-r>\xd0 \xcc", "utf-8", "koi8-r"),
        (b"<meta charset=koi8-r>\xd0\xbb\xd0\xbb \xcc", "utf-8", "utf-8"),
        (b"<meta charset=utf8>\xd0 \xcc", "utf-8", "utf-8"),
        (b"\xd0 \xcc", "utf-8", "utf-8"),
        (b"<meta charset=koi8-r>\xd0 \xcc", "windows-1251", "windows-1251"),
        (b"<meta charset=koi8-r>", None, "koi8-r"),
        (b"<META CHARSET='KOI8-R'/>", None, "koi8-r"),
        (b"<meta charset=punycode><meta charset=big5>", None, "big5"),
        (b"<meta charset=utf-16le>", None, "utf-8"),
        (b"<meta charset=x-user-defined>", None, "windows-1252"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=gb2312'>", None, "gbk"),
        (b"<meta content='text/html; charset=gb2312' http-equiv=content-type>", None, "gbk"),
        (b"<meta content='text/html; charset=gb2312'>", None, None),
        (b"<meta name=charset content=gb2312>", None, None),
        (b"<!-- <meta charset=big5> --><meta charset=koi8-r>", None, "koi8-r"),
        (b"<!--><meta charset=koi8-r>", None, "koi8-r"),
        (b"<!-- <meta charset=big5>", None, None),
        (b"<a title='<meta charset=big5>'><meta charset=koi8-r>", None, "koi8-r"),
        (b"<a title='<meta charset=big5>", None, None),
        (b"<metadata charset=big5>", None, None),
        (b"<meta charset=big5", None, None),
        (b"<meta charset = ' big5 '>", None, "big5"),
        (b"<?xml version='1.0' encoding='iso-8859-2'?><html>", None, "iso-8859-2"),
        (b"<?xml encoding='iso-8859-2'?><meta charset=koi8-r>", None, "koi8-r"),
        (b"", None, None),
    ],
)
def test_the_first_of_mark_header_and_meta_decides(
    head: bytes, label: str | None, name: str | None
) -> None:
    assert declared(head, label) == name


def test_it_conforms_to_the_tests_of_html5lib() -> None:
    folder = CONFORMANCE / "html5lib-encoding"
    if not folder.exists():
        pytest.skip("the conformance data is not beside the checkout")
    failed = set()
    for file in sorted(folder.rglob("*.dat")):
        for case in file.read_bytes().split(b"#data\n")[1:]:
            data, _, line = case.partition(b"\n#encoding\n")
            right = {line.strip().lower().decode()}
            if declared(data) is None and right == {"windows-1252"}:
                # Where a page declares nothing the tests name a western browser's default.
                right.add("utf-8")
            if transcoded([data])[0] not in right:
                failed.add(data)
    assert failed == NOT_FOUND_WITHOUT_SCRIPTS


def test_real_feeds_and_pages_are_read_as_they_declare() -> None:
    folder = CONFORMANCE / "charset-detection"
    if not folder.exists():
        pytest.skip("the conformance data is not beside the checkout")
    names = {"cp932": "shift_jis", "cp949": "euc-kr", "utf-8-sig": "utf-8", "maccyrillic": "mac"}
    wrong = []
    for file in sorted(path for path in folder.rglob("*") if path.parent.parent == folder):
        kind = file.parent.name.lower()
        label = names.get(kind, kind)
        expected = encoding_for(label) or encoding_for(label.rpartition("-")[0])
        found = declared(file.read_bytes()[:PRESCAN_BYTES])
        if found not in (None, expected):
            wrong.append(file.name)
    # Pure ASCII, and it says UTF-8: both are right.
    assert wrong == ["howto.diveintomark.org.xml"]


ZIMMER = "Gemütliche Zimmer für zwei"
ZAL = "Зал вишивки відчинено"
META = b"<meta charset=koi8-u>"


@pytest.mark.parametrize(
    ("page", "charset", "text"),
    [
        (ZIMMER.encode(), "utf-8", ZIMMER),
        (ZIMMER.encode("cp1252"), "windows-1252", ZIMMER),
        (b"<meta charset=l9>" + ZIMMER.encode("iso8859_15"), "iso-8859-15", ZIMMER),
        (b"\xef\xbb\xbf" + ZIMMER.encode(), "utf-8", ZIMMER),
        (b"\xff\xfe" + ZIMMER.encode("utf-16-le"), "utf-16le", ZIMMER),
        (b"\xfe\xff" + ZIMMER.encode("utf-16-be"), "utf-16be", ZIMMER),
        # Declared late: behind the prescan, across its end; in a comment, which is no tag.
        (b" " * PRESCAN_BYTES + META + ZAL.encode("koi8_u"), "koi8-u", ZAL),
        (b" " * (PRESCAN_BYTES - 9) + META + ZAL.encode("koi8_u"), "koi8-u", ZAL),
        (b" " * PRESCAN_BYTES + b"<!--" + META + b"-->" + ZAL.encode(), "utf-8", ZAL),
        (b" " * PRESCAN_BYTES + b"<!--" + META + ZIMMER.encode("cp1252"), "windows-1252", ZIMMER),
        # Too late.
        (b" " * WINDOW_BYTES + META + ZAL.encode(), "utf-8", ZAL),
        # The window ends in the middle of a character.
        (b" " * (WINDOW_BYTES - 1) + ZAL.encode(), "utf-8", ZAL),
        (b"", "utf-8", ""),
    ],
    ids=[
        *("utf-8", "windows-1252", "declared", "bom-utf-8", "bom-utf-16le", "bom-utf-16be"),
        *("late", "across-1024", "in-comment", "in-open-comment", "too-late", "cut", "empty"),
    ],
)
def test_what_is_not_declared_is_utf_8_if_it_can_be(page: bytes, charset: str, text: str) -> None:
    found, read = transcoded([page])
    assert (found, read.rpartition(">")[2].strip()) == (charset, text)


def test_a_page_in_an_encoding_that_only_hides_is_not_read() -> None:
    assert transcoded([b"<title>x</title>"], "hz-gb-2312") == ("replacement", "")


def test_a_sequence_that_breaks_off_leaves_a_mark() -> None:
    page = "日本".encode("cp932")
    assert transcoded([page[:-1]], "shift_jis") == ("shift_jis", "日\ufffd")


def test_nothing_is_handed_on_before_the_charset_is_known() -> None:
    transcoder = Transcoder()
    assert transcoder.feed(b"a" * (PRESCAN_BYTES - 1)) == b""
    assert transcoder.feed(b"a" * (WINDOW_BYTES - PRESCAN_BYTES)) == b""
    assert transcoder.feed(b"a") == b"a" * WINDOW_BYTES
    assert transcoder.feed(b"b") == b"b"


def test_a_declared_page_is_handed_on_after_1024_bytes() -> None:
    page = b"<meta charset=utf-8>".ljust(PRESCAN_BYTES)
    transcoder = Transcoder()
    assert transcoder.feed(page[:-1]) == b""
    assert transcoder.feed(page[-1:]) == page


@pytest.mark.parametrize("charset", sorted(CODECS.keys() - {"replacement", "x-user-defined"}))
def test_a_sequence_cut_anywhere_is_read_whole(charset: str) -> None:
    codec = CODECS[charset]
    text = "".join(
        character
        for character in "naïve Zürich Łódź Ελλάς Москва שלום مرحبا ไทย 日本語 ｶﾅ 한국어 简体 繁體"
        if character.encode(codec, "ignore").decode(codec) == character
    )
    page = b"x" * PRESCAN_BYTES if "16" not in charset else ("x" * PRESCAN_BYTES).encode(codec)
    page += text.encode(codec)
    found, read = transcoded([bytes([byte]) for byte in page], charset)
    assert (found, read) == (charset, "x" * PRESCAN_BYTES + text)


@given(
    page=st.binary(max_size=3000),
    label=st.sampled_from([None, *sorted(CODECS)]),
    cuts=st.lists(st.integers(0, 3000), max_size=5),
    pad=st.booleans(),
)
def test_any_bytes_become_utf_8_however_they_are_cut(
    page: bytes, label: str | None, cuts: list[int], pad: bool
) -> None:
    page = page.ljust(PRESCAN_BYTES) if pad else page
    edges = [0, *sorted(cuts), len(page)]
    chunks = [page[start:end] for start, end in pairwise(edges)]
    chunks.append(page[max(edges) :])
    assert transcoded(chunks, label) == transcoded([page], label)


@pytest.mark.parametrize("tail", [b"", b"\x1b", b"\x1b$", b"\x1b$ and a long way to go"])
def test_an_escape_that_the_web_does_not_know_is_one_bad_character(tail: bytes) -> None:
    page = b'a \x1b$B$"\x1b(B b \x1b$c \x1b(D' + tail
    expected = "a あ b \ufffd$c \ufffd(D" + tail.decode().replace("\x1b", "\ufffd")
    for size in range(1, len(page) + 1):
        chunks = [page[start : start + size] for start in range(0, len(page), size)]
        assert transcoded(chunks, "iso-2022-jp") == ("iso-2022-jp", expected)
