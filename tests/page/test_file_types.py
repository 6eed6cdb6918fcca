"""What files are, by what is said of them and what they begin with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Kind
from preview_service.page.content_type import parse
from preview_service.page.file_types import identify, is_binary, kind_of, kind_of_type, sniff

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0"
ZIP = b"PK\x03\x04\x14\0\6\0\x08\0\0\0!\0"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
RTF = b"{\\rtf1\\ansi Words}"
HTML = b"<!doctype html><title>Please log in</title>"
TEXT = b"Not found."
RSS = b"<?xml version='1.0'?><rss version='2.0'><channel>"
WORDS = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("declared", "path", "disposition", "kind"),
    [
        ("text/html", "/a.pdf", "attachment", None),
        ("application/xhtml+xml", "/", None, None),
        ("application/pdf", "/", None, Kind.DOCUMENT),
        (WORDS, "/", None, Kind.DOCUMENT),
        ("image/svg+xml", "/", None, Kind.DOCUMENT),
        ("text/plain", "/", None, Kind.DOCUMENT),
        ("text/x-python", "/", None, Kind.DOCUMENT),
        ("image/png", "/", None, Kind.IMAGE),
        ("image/whatever", "/", None, Kind.IMAGE),
        ("video/mp4", "/", None, Kind.VIDEO),
        ("audio/mpeg", "/", None, Kind.AUDIO),
        ("application/zip", "/", None, Kind.ARCHIVE),
        ("application/atom+xml", "/", None, Kind.FEED),
        ("application/xml", "/", None, Kind.FEED),
        ("application/json", "/", None, Kind.FEED),
        ("application/json", "/", "attachment; filename=a.json", Kind.DOCUMENT),
        ("application/octet-stream", "/", None, Kind.DOCUMENT),
        ("application/octet-stream", "/a.zip", None, Kind.ARCHIVE),
        ("application/octet-stream", "/", 'inline; filename="a.MP3"', Kind.AUDIO),
        ("application/x-own", "/a.mkv", None, Kind.VIDEO),
        ("application/x-own", "/a.own", None, None),
        ("application/x-own", "/a.own", "attachment", Kind.DOCUMENT),
        ("application/problem+json", "/", None, None),
        ("application/javascript", "/a.js", None, None),
        ("text/css", "/", None, None),
        ("text/event-stream", "/", None, None),
        (None, "/a.pdf", None, None),
        (None, "/a.pdf", "attachment", Kind.DOCUMENT),
    ],
)
def test_a_head_promises_a_kind_or_none(
    declared: str | None, path: str, disposition: str | None, kind: Kind | None
) -> None:
    assert kind_of(parse(declared), f"https://files.example{path}", disposition) is kind


@pytest.mark.parametrize(
    ("declared", "name", "head", "found"),
    [
        # What is said is so.
        ("image/png", "", PNG, "image/png"),
        ("application/pdf", "", PDF, "application/pdf"),
        ("application/pdf", "", b"\x02junk\n" + PDF, "application/pdf"),
        (WORDS, "", ZIP, WORDS),
        ("application/msword", "", OLE, "application/msword"),
        ("application/msword", "", RTF, "application/msword"),
        ("application/vnd.ms-excel", "", b"<html><table>", "application/vnd.ms-excel"),
        ("application/x-zip-compressed", "", ZIP, "application/x-zip-compressed"),
        ("audio/mp4", "", MP4, "audio/mp4"),
        ("video/mp4", "", b"\0\0\0\x08free\0\0\0\0", "video/mp4"),
        ("application/vnd.apple.mpegurl", "", b"#EXTM3U\n", "application/vnd.apple.mpegurl"),
        ("image/svg+xml", "", b"<svg>", "image/svg+xml"),
        ("image/own", "", b"\1\2\3", "image/own"),
        ("text/csv", "", b"BM,1\n2,3", "text/csv"),
        ("text/plain", "a.ps", b"%!PS-Adobe-3.0 is how it begins", "text/plain"),
        ("text/plain", "a.txt", b"GIF89a is a format of 1989.", "text/plain"),
        ("text/plain", "a.png", "\ufeffÜ".encode("utf-16-le"), "text/plain"),
        # What is said is another thing of the kind, or another kind.
        ("image/png", "", JPEG, "image/jpeg"),
        ("image/png", "", PDF, "application/pdf"),
        ("application/pdf", "", JPEG, "image/jpeg"),
        ("application/pdf", "", ZIP, "application/zip"),
        ("application/zip", "", PDF, "application/pdf"),
        ("text/plain", "", PNG, "image/png"),
        ("text/plain", "a.docx", ZIP, WORDS),
        ("text/plain", "", b"\0\1\2", "application/octet-stream"),
        # What is said cannot be.
        ("image/png", "", HTML, None),
        ("image/png", "", b"\1\2\3", None),
        ("image/png", "", b"", None),
        ("video/mp4", "", TEXT, None),
        ("audio/mpeg", "", HTML, None),
        ("application/zip", "", HTML, None),
        ("application/pdf", "", HTML, None),
        ("application/pdf", "", b"\1\2\3", None),
        # Nothing is said.
        ("application/octet-stream", "a.zip", PNG, "image/png"),
        ("application/octet-stream", "a.docx", ZIP, WORDS),
        ("application/octet-stream", "a.pdf", ZIP, "application/zip"),
        ("application/octet-stream", "a.pdf", b"\1\2\3", "application/octet-stream"),
        ("application/octet-stream", "a.zip", TEXT, "application/octet-stream"),
        ("application/octet-stream", "a.md", TEXT, "text/markdown"),
        ("application/octet-stream", "a.own", b"", "application/octet-stream"),
        ("application/octet-stream", "a", RSS, "application/rss+xml"),
        (None, "", PNG, "image/png"),
        (None, "a.csv", TEXT, "text/csv"),
        (None, "a", TEXT, None),
        (None, "a", b'{"a": 1}', None),
        # A feed, or an answer to a program.
        ("application/xml", "", RSS, "application/rss+xml"),
        ("application/rss+xml", "", RSS, "application/rss+xml"),
        ("application/rss+xml", "", HTML, None),
        ("application/xml", "", b"<urlset>", None),
        ("application/json", "", b'{"a": 1}', None),
        ("application/x-own", "a.zip", ZIP, "application/zip"),
        ("application/x-own", "a.own", TEXT, "application/x-own"),
    ],
)
def test_the_first_bytes_are_asked_whether_it_is_so(
    declared: str | None, name: str, head: bytes, found: str | None
) -> None:
    assert identify(declared, name, head, is_attached=False) == found


@pytest.mark.parametrize(
    ("declared", "head", "found"),
    [
        (None, TEXT, "application/octet-stream"),
        ("application/json", b'{"a": 1}', "application/json"),
        ("image/png", HTML, None),
    ],
)
def test_an_attachment_is_a_file_whatever_is_in_it(
    declared: str | None, head: bytes, found: str | None
) -> None:
    assert identify(declared, "a", head, is_attached=True) == found


@pytest.mark.parametrize(
    ("head", "essence"),
    [
        (b"GIF89a", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0miafavif", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypheic", "image/heic"),
        (b"\0\0\0\x1cftypM4A ", "audio/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\1\0\1\0", "image/x-icon"),
        (b"BM\x36\0\0\0\0\0\0\0", "image/bmp"),
        (b"BMW drivers of", None),
        (b"II*\0", "image/tiff"),
        (b"ID3\3\0", "audio/mpeg"),
        (b"\xff\xfb\x90\0", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"fLaC\0", "audio/flac"),
        (b"OggS" + bytes(24) + b"\x01vorbis", "audio/ogg"),
        (b"OggS" + bytes(24) + b"\x80theora", "video/ogg"),
        (b"OggS\0\2", "application/ogg"),
        (b"\x1aE\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x88matroska", "video/matroska"),
        (b"\x1aE\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm", "video/webm"),
        (b" \n%PDF-1.4", "application/pdf"),
        (ZIP + bytes(16) + b"mimetypeapplication/epub+zipPK", "application/epub+zip"),
        (
            ZIP + bytes(16) + b"mimetypeapplication/vnd.oasis.opendocument.textPK",
            "application/vnd.oasis.opendocument.text",
        ),
        (ZIP + bytes(16) + b"mimetypeapplication/x-ownPK", "application/zip"),
        (bytes(257) + b"ustar", "application/x-tar"),
        (b"\x1f\x8b\x08\0", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\0", "application/vnd.rar"),
        (b"", None),
        (HTML, None),
    ],
)
def test_many_files_give_themselves_away(head: bytes, essence: str | None) -> None:
    assert sniff(head) == essence


@pytest.mark.parametrize(
    ("head", "is_so"),
    [
        (b"", False),
        ("Ü\t\r\n\x0c\x1b".encode(), False),
        (b"a\0", True),
        (b"\x1a", True),
        (b"\xff\xfea\0", False),
        (b"\xef\xbb\xbf\0", False),
    ],
)
def test_text_has_no_bytes_that_only_machines_write(head: bytes, is_so: bool) -> None:
    assert is_binary(head) is is_so


@given(
    declared=st.sampled_from(
        [None, "text/plain", "image/png", "application/pdf", "application/json", "x/y", "text/css"]
    ),
    name=st.sampled_from(["", "a.zip", "a.docx", "a.rss"]),
    head=st.binary(max_size=300),
    is_attached=st.booleans(),
)
def test_any_bytes_are_some_file_or_none(
    declared: str | None, name: str, head: bytes, is_attached: bool
) -> None:
    found = identify(declared, name, head, is_attached=is_attached)
    assert found is None or kind_of_type(found) in {*Kind, None}
