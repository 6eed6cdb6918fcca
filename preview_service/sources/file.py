"""A file behind an address → claims: its own words, else its name and what it is.

Sizes are decimal, as file managers and https://www.bipm.org/en/measurement-units/si-prefixes count.
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, File, Kind, Page
from preview_service.sources.base import Media, Source, kind_claim, mime_type, text_claim, url_claim

_MEDIA_FIELDS = {Kind.IMAGE: Field.IMAGE, Kind.VIDEO: Field.VIDEO, Kind.AUDIO: Field.AUDIO}

# Formats that people know by another name than their media type's.
_FORMATS = {"audio/mpeg": "MP3", "audio/mp4": "M4A", "text/plain": "Text"}
_MAX_FORMAT_CHARS = 5

_UNITS = ("kB", "MB", "GB", "TB")
_THOUSAND = 1000
_MAX_BYTES = 900 * _THOUSAND**4
_ROUNDS_TO_TEN = 9.95
_ROUNDS_TO_THOUSAND = 999.5


def read(page: Page) -> Iterator[Claim]:
    file = page.file
    if file is None:
        return
    for field, value, source in (
        (Field.TITLE, file.title, "file:title"),
        (Field.TITLE, file.name, "file:name"),
        (Field.DESCRIPTION, file.description, "file:description"),
        (Field.DESCRIPTION, " · ".join(_facts(file)), "file:facts"),
        (Field.AUTHOR, file.author, "file:author"),
    ):
        if value and (claim := text_claim(field, value, source)):
            yield claim
    if claim := kind_claim(file.kind, "file:type"):
        yield claim
    if file.kind in _MEDIA_FIELDS:
        about = Media(width=file.width, height=file.height, media_type=mime_type(file.media_type))
        if claim := url_claim(_MEDIA_FIELDS[file.kind], page.url, "file:url", page, about):
            yield claim


def _facts(file: File) -> Iterator[str]:
    """ "PDF", "12 pages", "2.4 MB": each that is known."""
    if form := _format(file):
        yield form
    if file.pages is not None and file.pages > 0:
        yield f"{file.pages} page{'s' if file.pages > 1 else ''}"
    if file.width and file.height:
        yield f"{file.width} × {file.height}"
    if file.bytes is not None and 0 < file.bytes < _MAX_BYTES:
        yield size(file.bytes)


def _format(file: File) -> str:
    """The format's short name: "JPEG" of image/jpeg, "DOCX" of a long type and "letter.docx"."""
    if file.media_type in _FORMATS:
        return _FORMATS[file.media_type]
    subtype = file.media_type.rpartition("/")[2].partition("+")[0].removeprefix("x-")
    suffix = file.name.rpartition(".")[2]
    short = (
        name.upper()
        for name in (subtype, suffix)
        if len(name) <= _MAX_FORMAT_CHARS and name.isascii() and name.isalnum()
    )
    return next(short, "")


def size(count: int) -> str:
    """*count* bytes to two or three figures: "812 bytes", "2.4 MB", "24 MB"."""
    if count < _THOUSAND:
        return f"{count} byte{'s' if count != 1 else ''}"
    amount, units = count / _THOUSAND, iter(_UNITS)
    unit = next(units)
    while amount >= _ROUNDS_TO_THOUSAND:
        amount, unit = amount / _THOUSAND, next(units)
    return f"{amount:.1f} {unit}" if amount < _ROUNDS_TO_TEN else f"{amount:.0f} {unit}"


FILE = Source(name="file", read=read)
