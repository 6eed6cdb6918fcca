"""What the two ends of a PDF tell, and that no bytes do harm."""

import tracemalloc
import zlib
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.page.pdf import HEAD_BYTES, MAX_STREAM_BYTES, PdfFacts, read_pdf

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Count 42 /Kids [] >>"
INFO = b"<< /Title (Trail report) /Author (Ada Example) >>"
REFERENCES = b"/Root 1 0 R /Info 3 0 R"
FACTS = PdfFacts(title="Trail report", author="Ada Example", pages=42)
# Enough for two ends that do not meet.
PICTURES = b"<< /Length 300000 >> stream\n" + bytes(300_000) + b"\nendstream"


def section(start: int, objects: dict[int, bytes], trailer: bytes) -> bytes:
    """Objects, their cross-reference table and a trailer, as they stand at *start* of a file."""
    written = [b"%d 0 obj %b endobj\n" % each for each in objects.items()]
    offsets = accumulate((len(each) for each in written), initial=start)
    table = b"".join(
        b"%d 1\n%010d 00000 n \n" % (number, offset)
        for number, offset in zip(objects, offsets, strict=False)
    )
    end = start + sum(map(len, written))
    return b"".join(
        (*written, b"xref\n", table, b"trailer << %b >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, end))
    )


def pdf(*objects: bytes, trailer: bytes = REFERENCES) -> bytes:
    """A file of *objects*, numbered from 1."""
    start = b"%PDF-1.7\n"
    return start + section(len(start), dict(enumerate(objects, 1)), trailer)


def stream_of(objects: dict[int, bytes], more: bytes = b"") -> bytes:
    """https://pdfa.org/resource/iso-32000-2/ 7.5.7"""
    starts = accumulate((len(each) + 1 for each in objects.values()), initial=0)
    index = b" ".join(b"%d %d" % each for each in zip(objects, starts, strict=False)) + b" "
    packed = zlib.compress(index + b" ".join(objects.values()) + more, 9)
    return (
        b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >> stream\n%b\nendstream"
        % (len(objects), len(index), len(packed), packed)
    )


def read_ends(file: bytes) -> PdfFacts:
    assert len(file) > 2 * HEAD_BYTES
    return read_pdf(file[:HEAD_BYTES], file[-HEAD_BYTES:], len(file))


def read_whole(file: bytes) -> PdfFacts:
    return read_pdf(file, b"", len(file))


@pytest.mark.parametrize(
    "objects",
    [
        (CATALOG, PAGES, INFO, PICTURES),
        (PICTURES, PAGES, INFO, CATALOG),
        (CATALOG, PAGES, PICTURES, INFO),
    ],
)
def test_the_two_ends_of_a_file_are_enough_wherever_it_says_what_it_is(
    objects: tuple[bytes, ...],
) -> None:
    root, info = objects.index(CATALOG) + 1, objects.index(INFO) + 1
    assert read_ends(pdf(*objects, trailer=b"/Root %d 0 R /Info %d 0 R" % (root, info))) == FACTS


def test_what_stands_between_the_ends_is_not_known() -> None:
    file = pdf(CATALOG, PAGES, PICTURES, INFO, PICTURES, trailer=b"/Root 1 0 R /Info 4 0 R")
    assert read_ends(file) == PdfFacts(pages=42)


def test_ends_that_overlap_are_the_whole_file() -> None:
    file = pdf(CATALOG, PAGES, INFO)
    assert read_pdf(file[:-10], file[-200:], len(file)) == read_whole(file) == FACTS


def test_the_head_alone_says_nothing_for_sure() -> None:
    file = pdf(CATALOG, PAGES, INFO, PICTURES)
    assert read_pdf(file[:HEAD_BYTES], b"", len(file)) == PdfFacts()


def test_objects_in_streams_are_found() -> None:
    packed = stream_of({1: CATALOG, 2: PAGES, 3: INFO})
    file = pdf(PICTURES, b"null", b"null", packed)
    assert read_ends(file.replace(b"2 0 obj null", b"").replace(b"3 0 obj null", b"")) == FACTS


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_revision_replaces_what_it_changes(is_packed: bool) -> None:
    objects = {1: CATALOG, 2: PAGES, 3: INFO}
    file = section(0, {4: stream_of(objects)}, REFERENCES) if is_packed else pdf(*objects.values())
    revised = INFO.replace(b"report", b"report, second edition")
    file += section(len(file), {3: revised}, REFERENCES + b"/Prev 9")
    assert read_whole(file).title == "Trail report, second edition"
    assert read_whole(file).pages == 42


def test_what_a_revision_may_have_replaced_is_not_believed() -> None:
    file = pdf(CATALOG, PAGES, INFO, PICTURES)
    file += section(len(file), {5: PICTURES, 3: INFO}, REFERENCES + b"/Prev 9")
    assert read_ends(file) == PdfFacts(title="Trail report", author="Ada Example")


def test_an_outline_is_no_revision() -> None:
    file = pdf(CATALOG, PAGES, INFO, PICTURES, b"<< /Title (Chapter 2) /Prev 12 0 R >>")
    assert read_ends(file) == FACTS


def linearised(pages: int, size: int) -> bytes:
    """A file of *size* bytes, if its head is right."""
    head = b"%%PDF-1.7\n9 0 obj << /Linearized 1 /L %d /H [ 1 2 ] /O 5 /E 9 /N %d /T 7 >> endobj\n"
    return (head % (size, pages)).ljust(size)


def test_a_linearised_file_names_its_pages_at_once() -> None:
    assert read_pdf(linearised(40, 9_000_000)[:500], b"", 9_000_000) == PdfFacts(pages=40)


@pytest.mark.parametrize("size", [9_000_001, 0])
def test_a_linearised_file_that_was_changed_is_a_file_like_others(size: int) -> None:
    assert read_pdf(linearised(40, 9_000_000)[:500], b"", size) == PdfFacts()


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (b"(Trail \\(and\\) report)", "Trail (and) report"),
        (b"<FEFF00DC0062006500720073006900630068007400202116>", "Übersicht №"),
        (b"(  Trail\\n report\x00 )", "Trail report"),
        (b"(\xfe\xff\x20\x2e\x00a\x20\x2c)", "a"),
        (b"(Microsoft Word - minutes_v3.doc)", None),
        (b"(minutes final.docx)", None),
        (b"(untitled)", None),
        (b"(PowerPoint Presentation)", None),
        (b"(Untitled No. 5, a catalogue)", "Untitled No. 5, a catalogue"),
        (b"()", None),
        (b"42", None),
        (b"null", None),
        (b"4 0 R", "Elsewhere"),
        (b"99 0 R", None),
    ],
)
def test_a_title_is_what_somebody_wrote(written: bytes, title: str | None) -> None:
    found = read_whole(pdf(CATALOG, PAGES, b"<< /Title %b >>" % written, b"(Elsewhere)"))
    assert (found.title, found.pages) == (title, 42)


def xmp(title: str) -> bytes:
    text = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        "<dc:creator><rdf:Seq><rdf:li>Ada</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq></dc:creator>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    return b"<< /Type /Metadata /Length %d >> stream\n%b\nendstream" % (len(text), text)


def test_xmp_speaks_where_the_information_dictionary_does_not() -> None:
    catalog = CATALOG.replace(b">>", b"/Metadata 4 0 R >>")
    untitled = b"<< /Title (untitled) >>"
    found = read_whole(pdf(catalog, PAGES, untitled, xmp("Report über alles")))
    assert found == PdfFacts(title="Report über alles", author="Ada, Bo", pages=42)
    assert read_whole(pdf(catalog, PAGES, INFO, xmp("Another"))) == FACTS


def test_an_enciphered_file_tells_its_pages_only() -> None:
    cipher = b"<< /Filter /Standard /V 5 /R 6 /Length 256 /P -4 /O (o) /U (u) >>"
    file = pdf(CATALOG, PAGES, INFO, cipher, trailer=REFERENCES + b"/Encrypt 4 0 R")
    assert read_whole(file) == PdfFacts(pages=42)


@pytest.mark.parametrize("count", [b"-1", b"0", b"1000001", b"4.5", b"(42)", b"2 0 R", b"null"])
def test_a_count_that_cannot_be_is_none(count: bytes) -> None:
    pages = PAGES.replace(b"42", count)
    assert read_whole(pdf(CATALOG, pages, INFO)) == PdfFacts(
        title="Trail report", author="Ada Example"
    )


@pytest.mark.parametrize(
    "file",
    [
        pdf(b"2 0 R", b"1 0 R", b"3 0 R"),
        pdf(CATALOG, PAGES.replace(b"42", b"9" * 5000), INFO),
        pdf(CATALOG.replace(b"2 0 R", b"1 0 R"), trailer=b"/Root 1 0 R /Info 1 0 R"),
        pdf(b"[" * 20_000),
        pdf(b"<< /A " * 20_000),
        pdf(stream_of({1: CATALOG}).replace(b"/N 1", b"/N 99999999")),
        pdf(stream_of({1: b"1 0 R"}).replace(b"/Type", b"/Extends 1 0 R /Type")),
        pdf(b"<< /Type /ObjStm /Filter [" + b"/ASCII85Decode " * 500 + b"] >> stream\nzzzz"),
    ],
)
def test_loops_depths_and_lies_come_to_nothing(file: bytes) -> None:
    assert read_whole(file) == PdfFacts()


def test_a_root_that_no_trailer_names_is_not_searched_for() -> None:
    file = pdf(CATALOG, PAGES, INFO, trailer=b"/Info 3 0 R /Size 2000000000")
    assert read_whole(file) == PdfFacts(title="Trail report", author="Ada Example")


def test_a_bomb_is_not_unpacked() -> None:
    bomb = stream_of({2: PAGES, 3: INFO}, b" " * (50 * 1024 * 1024))
    assert len(bomb) < 2 * HEAD_BYTES
    file = pdf(CATALOG, bomb)
    read_whole(file[:20])  # pypdf itself is not to be measured
    tracemalloc.start()
    try:
        assert read_whole(file) == PdfFacts()
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_STREAM_BYTES
    finally:
        tracemalloc.stop()


def test_what_is_wrong_with_a_file_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    read_whole(pdf(CATALOG, PAGES, INFO, trailer=b"/Root 9 0 R"))
    assert caplog.records == []


@settings(max_examples=60, deadline=None)
@given(
    head=st.binary(max_size=300) | st.sampled_from([pdf(CATALOG, PAGES, INFO), linearised(3, 300)]),
    tail=st.binary(max_size=300) | st.just(pdf(stream_of({1: CATALOG, 2: PAGES, 3: INFO}))),
    damage=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=8),
    size=st.integers(0, 2**40),
)
def test_any_bytes_are_read(
    head: bytes, tail: bytes, damage: list[tuple[int, int]], size: int
) -> None:
    damaged = bytearray(tail)
    for position, byte in damage:
        damaged[position : position + 1] = bytes([byte])
    found = read_pdf(head, bytes(damaged), max(size, len(head), len(damaged)))
    assert found.pages is None or found.pages > 0
