"""A PDF's first and last bytes → what it says of itself: title, author, number of pages.

https://pdfa.org/resource/iso-32000-2/

The pieces are read as the damaged file that they are: the table of offsets, which is for the whole
file, is left aside, and pypdf finds the objects themselves. Of a usual file those that matter stand
at its end, of a linearised one at its beginning.
"""

import logging
import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from preview_service.page.text import clean

if TYPE_CHECKING:
    from pypdf import PdfReader

HEAD_BYTES = 64 * 1024
TAIL_BYTES = 64 * 1024
"""How much of a file's beginning and end is worth having."""

MAX_TITLE_CHARS = 300
MAX_AUTHOR_CHARS = 100
MAX_PAGES = 1_000_000
MAX_STREAM_BYTES = 4 * 1024 * 1024
"""A stream of objects is unpacked no further: 128 KiB of zeros would become 130 MB."""

# "No cross-reference table": what makes pypdf look for objects.
_END = b"\nstartxref\n0\n%%EOF\n"
# Annex F: /L is the file's size, unless it was changed since.
_LINEARISED = re.compile(rb"/Linearized\b[^>]{0,400}>>")
_NUMBER = rb"/%b\s+(\d{1,12})(?![\d.])"
_LENGTH, _COUNT = re.compile(_NUMBER % b"L"), re.compile(_NUMBER % b"N")
# In a trailer a number; in an outline a reference, "12 0 R".
_REVISED = re.compile(rb"/Prev\s+\d+(?!\d|\s+\d+\s+R)")

# What programs put where nobody wrote a title.
_NO_TITLE = re.compile(
    r"microsoft (?:word|excel|powerpoint)\b.*|powerpoint[- ]presentation|(?:slide|folie) \d+"
    r"|(?:untitled|unbenannt|sans titre|document|presentation|layout)[-_ ]?\d*|title|none|null"
    r"|.*\.(?:docx?|odt|rtf|wpd|pptx?|odp|xlsx?|ods|indd|qxd|pmd|ai|cdr|dwg|tex|dvi|ps|pdf|html?)",
    re.IGNORECASE,
)

T = TypeVar("T")


class PdfFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; titles that only name a program or its file are none."""

    title: str | None = None
    author: str | None = None
    pages: int | None = None


def read_pdf(head: bytes, tail: bytes, size: int) -> PdfFacts:
    """What a file of *size* bytes says that begins with *head* and, where known, ends with *tail*.

    Nothing is raised, whatever the bytes. A usual file takes 2–70 ms and less than 50 MiB; one made
    to be hostile no more memory, but minutes: run it where it can be killed.
    """
    import pypdf

    # It would quote the file.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    linear_pages = _linear_pages(head, size)
    pieces = _joined(head, tail, size, is_linear=linear_pages is not None)
    with pypdf.apply_configuration(
        zlib_maximum_output_length=MAX_STREAM_BYTES,
        lzw_maximum_output_length=MAX_STREAM_BYTES,
        run_length_maximum_output_length=MAX_STREAM_BYTES,
        xmp_maximum_input_length=MAX_STREAM_BYTES // 4,
    ):
        found = (_or_none(lambda: _read(pieces)) if pieces else None) or PdfFacts()
    return found if linear_pages is None else msgspec.structs.replace(found, pages=linear_pages)


def _linear_pages(head: bytes, size: int) -> int | None:
    """The number of pages that a linearised file names at its beginning."""
    found = _LINEARISED.search(head[:1024])
    length, count = (found and pattern.search(found[0]) for pattern in (_LENGTH, _COUNT))
    if not (length and count and int(length[1]) == size):
        return None
    return _plausible(int(count[1]))


def _joined(head: bytes, tail: bytes, size: int, *, is_linear: bool) -> bytes:
    """What of the pieces can be trusted to be current."""
    overlap = len(head) + len(tail) - size
    if overlap >= 0:
        return head + tail[overlap:]
    if is_linear:
        return head + b"\n" + tail
    if not tail or _REVISED.search(tail):
        # The head may say what a later revision, unseen in the gap, took back.
        return tail
    return head + b"\n" + tail


def _read(pieces: bytes) -> PdfFacts:
    reader = _or_none(lambda: _open(pieces))
    found = _facts(reader) if reader else PdfFacts()
    if found.pages is None and b"/Encrypt" in pieces:
        # Text is enciphered, numbers are not.
        plain = _or_none(lambda: _open(pieces.replace(b"/Encrypt", b"/Unlocks")))
        found = msgspec.structs.replace(found, pages=_pages(plain) if plain else None)
    return found


def _open(pieces: bytes) -> "PdfReader":
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(pieces + _END), root_object_recovery_limit=0)
    # Where it searches for objects, pypdf prefers those in streams even to later ones.
    starts = reader.xref.get(0, {})
    for number, (stream, _) in tuple(reader.xref_objStm.items()):
        if starts.get(number, -1) > starts.get(stream, -1):
            del reader.xref_objStm[number]
    return reader


def _facts(reader: "PdfReader") -> PdfFacts:
    info: Any = _or_none(lambda: reader.metadata)
    xmp = _or_none(lambda: reader.xmp_metadata)
    title = _title(_or_none(lambda: info["/Title"]))
    author = _words(_or_none(lambda: info["/Author"]), MAX_AUTHOR_CHARS)
    if xmp is not None:
        title = title or _title(_or_none(lambda: _in_any_language(xmp.dc_title)))
        author = author or _words(
            _or_none(lambda: ", ".join(xmp.dc_creator or ())), MAX_AUTHOR_CHARS
        )
    return PdfFacts(title=title, author=author, pages=_pages(reader))


def _in_any_language(texts: dict[Any, str] | None) -> str:
    """https://developer.adobe.com/xmp/docs/XMPNamespaces/XMPDataTypes/#language-alternative"""
    texts = texts or {}
    return texts.get("x-default") or next(iter(texts.values()), "")


def _pages(reader: "PdfReader") -> int | None:
    # Counted by hand, a tree of pages can be endless.
    return _plausible(_or_none(lambda: reader.root_object["/Pages"]["/Count"]))  # type: ignore[index]


def _plausible(pages: object) -> int | None:
    return int(pages) if isinstance(pages, int) and 0 < pages <= MAX_PAGES else None


def _title(value: object) -> str | None:
    title = _words(value, MAX_TITLE_CHARS)
    return None if title is None or _NO_TITLE.fullmatch(title) else title


def _words(value: object, limit: int) -> str | None:
    if isinstance(value, bytes):
        # In no encoding of a PDF, but that has been seen: with a zero at its end, or in UTF-8.
        value = _or_none(value.decode)
    return (clean(value, limit) or None) if isinstance(value, str) else None


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Exception:
        # pypdf raises whatever its assumptions break into: KeyError, RecursionError, …
        return None
