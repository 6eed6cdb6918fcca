"""A file's declared type, name and first bytes → its media type, and what kind of thing that is.

https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
https://www.iana.org/assignments/media-types/
"""

import re
from typing import Final

from preview_service.model import Kind
from preview_service.page.content_type import HTML_TYPES, ContentType
from preview_service.page.feed import feed_type
from preview_service.page.file_name import extension, file_name, is_attachment

SNIFFED_BYTES = 1024
"""How much of a file is looked at to tell what it is."""

UNKNOWN_TYPE = "application/octet-stream"

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."

# Kind → the types that are files people send each other, each with its extensions.
_FILES: Final[dict[Kind, dict[str, str]]] = {
    Kind.DOCUMENT: {
        "application/pdf": "pdf",
        "application/msword": "doc dot",
        "application/vnd.ms-excel": "xls",
        "application/vnd.ms-powerpoint": "ppt pps",
        "application/vnd.ms-word.document.macroenabled.12": "docm",
        "application/vnd.ms-excel.sheet.macroenabled.12": "xlsm",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12": "pptm",
        "application/vnd.ms-outlook": "msg",
        "application/vnd.visio": "vsd vsdx",
        f"{_OPEN_XML}wordprocessingml.document": "docx",
        f"{_OPEN_XML}spreadsheetml.sheet": "xlsx",
        f"{_OPEN_XML}presentationml.presentation": "pptx",
        f"{_OPEN_XML}presentationml.slideshow": "ppsx",
        f"{_OPEN_DOCUMENT}text": "odt",
        f"{_OPEN_DOCUMENT}spreadsheet": "ods",
        f"{_OPEN_DOCUMENT}presentation": "odp",
        f"{_OPEN_DOCUMENT}graphics": "odg",
        "application/vnd.apple.pages": "pages",
        "application/vnd.apple.numbers": "numbers",
        "application/vnd.apple.keynote": "key",
        "application/vnd.apple.pkpass": "pkpass",
        "application/rtf": "rtf",
        "application/epub+zip": "epub",
        "application/x-mobipocket-ebook": "mobi",
        "application/postscript": "ps eps",
        "application/gpx+xml": "gpx",
        "application/vnd.google-earth.kml+xml": "kml",
        "application/vnd.google-earth.kmz": "kmz",
        "application/x-bittorrent": "torrent",
        # A drawing that a program must be run for: no picture for a card.
        "image/svg+xml": "svg svgz",
        "image/vnd.djvu": "djvu",
        "text/plain": "txt text log",
        "text/markdown": "md markdown",
        "text/csv": "csv",
        "text/tab-separated-values": "tsv",
        "text/calendar": "ics",
        "text/vcard": "vcf",
    },
    Kind.ARCHIVE: {
        "application/zip": "zip",
        "application/x-zip-compressed": "",
        "application/gzip": "gz tgz",
        "application/x-gzip": "",
        "application/x-tar": "tar",
        "application/x-bzip2": "bz2",
        "application/x-xz": "xz",
        "application/zstd": "zst",
        "application/x-7z-compressed": "7z",
        "application/vnd.rar": "rar",
        "application/x-rar-compressed": "",
        "application/java-archive": "jar",
        "application/vnd.android.package-archive": "apk",
        "application/vnd.debian.binary-package": "deb",
        "application/x-debian-package": "",
        "application/x-rpm": "rpm",
        "application/x-apple-diskimage": "dmg",
        "application/x-iso9660-image": "iso",
        "application/x-msdownload": "exe",
        "application/x-msi": "msi",
    },
    Kind.IMAGE: {
        "image/png": "png",
        "image/jpeg": "jpg jpeg",
        "image/gif": "gif",
        "image/webp": "webp",
        "image/avif": "avif",
        "image/heic": "heic heif",
        "image/jxl": "jxl",
        "image/bmp": "bmp",
        "image/tiff": "tif tiff",
        "image/x-icon": "ico",
        "image/vnd.adobe.photoshop": "psd",
    },
    Kind.AUDIO: {
        "audio/mpeg": "mp3",
        "audio/mp4": "m4a m4b",
        "audio/aac": "aac",
        "audio/ogg": "ogg oga opus",
        "application/ogg": "",
        "audio/flac": "flac",
        "audio/wav": "wav",
        "audio/aiff": "aif aiff",
        "audio/midi": "mid midi",
        "audio/amr": "amr",
        "audio/x-ms-wma": "wma",
    },
    Kind.VIDEO: {
        "video/mp4": "mp4 m4v",
        "video/webm": "webm",
        "video/matroska": "mkv",
        "video/quicktime": "mov",
        "video/ogg": "ogv",
        "video/x-msvideo": "avi",
        "video/x-ms-wmv": "wmv",
        "video/x-flv": "flv",
        "video/mpeg": "mpg mpeg",
        "video/3gpp": "3gp",
        "application/vnd.apple.mpegurl": "m3u8",
        "application/x-mpegurl": "",
        "application/dash+xml": "mpd",
    },
    Kind.FEED: {
        "application/rss+xml": "rss",
        "application/atom+xml": "atom",
        "application/feed+json": "",
    },
}
_KINDS = {essence: kind for kind, types in _FILES.items() for essence in types}
_BY_EXTENSION = {
    name: essence
    for types in _FILES.values()
    for essence, names in types.items()
    for name in names.split()
}
_FAMILIES = {
    "image": Kind.IMAGE,
    "audio": Kind.AUDIO,
    "video": Kind.VIDEO,
    "text": Kind.DOCUMENT,
}
# Text for programs; an event stream never ends.
_NOT_SHARED = frozenset(
    {
        *("text/css", "text/javascript", "text/ecmascript", "text/json", "text/xsl"),
        *("text/event-stream", "text/cache-manifest", "text/x-component"),
    }
)
# What servers say that do not know, or that want a file saved rather than shown.
_GENERIC = frozenset(
    {
        *(UNKNOWN_TYPE, "binary/octet-stream", "application/binary", "application/unknown"),
        *("application/x-download", "application/download", "application/force-download"),
        *("application/x-octet-stream", "application/save", "application/x-binary"),
    }
)
# A feed, if it looks like one; otherwise an answer to a program.
_PERHAPS_FEEDS = frozenset(
    {"application/json", "application/xml", "text/xml", "application/rdf+xml", "text/rdf"}
)

_MAGIC: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = tuple(
    (essence, re.compile(pattern, re.DOTALL))
    for essence, pattern in (
        ("image/png", rb"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", rb"\xff\xd8\xff"),
        ("image/gif", rb"GIF8[79]a"),
        ("image/webp", rb"RIFF....WEBPVP"),
        # By its own brand or, where that is HEIF's, by one of those that it is compatible with.
        ("image/avif", rb"....ftyp(?:avi[fs]|(?:miaf|mif1|msf1).{4}(?:.{4}){0,14}?avi[fs])"),
        ("image/heic", rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)"),
        ("image/jxl", rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n"),
        ("image/bmp", rb"BM....\x00\x00\x00\x00"),
        ("image/tiff", rb"II\*\x00|MM\x00\*"),
        ("image/x-icon", rb"\x00\x00[\x01\x02]\x00"),
        ("image/vnd.adobe.photoshop", rb"8BPS\x00[\x01\x02]"),
        ("application/pdf", rb"\s{0,16}%PDF-"),
        ("application/postscript", rb"%!PS-Adobe-"),
        ("application/rtf", rb"\{\\rtf1"),
        ("audio/mp4", rb"....ftypM4[AB] "),
        ("video/quicktime", rb"....ftypqt  "),
        ("video/3gpp", rb"....ftyp3g"),
        ("video/mp4", rb"....ftyp"),
        ("video/matroska", rb"\x1aE\xdf\xa3.{0,60}\x42\x82.matroska"),
        ("video/webm", rb"\x1aE\xdf\xa3"),
        ("video/ogg", rb"OggS.{24,80}\x80theora"),
        ("audio/ogg", rb"OggS.{24,80}(?:\x01vorbis|OpusHead|\x7fFLAC|Speex)"),
        ("application/ogg", rb"OggS\x00"),
        ("video/x-msvideo", rb"RIFF....AVI "),
        ("video/x-flv", rb"FLV\x01"),
        ("video/mpeg", rb"\x00\x00\x01[\xb3\xba]"),
        ("audio/mpeg", rb"ID3[\x02-\x04]|\xff[\xf2\xf3\xfa\xfb]"),
        ("audio/aac", rb"\xff[\xf0\xf1\xf8\xf9]"),
        ("audio/flac", rb"fLaC"),
        ("audio/wav", rb"RIFF....WAVE"),
        ("audio/aiff", rb"FORM....AIF[CF]"),
        ("audio/midi", rb"MThd\x00\x00\x00\x06"),
        ("audio/amr", rb"#!AMR(?:-WB)?\n"),
        ("application/zip", rb"PK\x03\x04|PK\x05\x06"),
        ("application/x-ole-storage", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("application/gzip", rb"\x1f\x8b\x08"),
        ("application/x-bzip2", rb"BZh[1-9]1AY&SY"),
        ("application/x-xz", rb"\xfd7zXZ\x00"),
        ("application/zstd", rb"\x28\xb5\x2f\xfd"),
        ("application/x-7z-compressed", rb"7z\xbc\xaf\x27\x1c"),
        ("application/vnd.rar", rb"Rar!\x1a\x07"),
        ("application/x-tar", rb".{257}ustar"),
    )
)
_SNIFFABLE = frozenset(essence for essence, _ in _MAGIC)
# Formats that others are made of: what is in them, the type or the name says.
_CONTAINERS = frozenset(
    {"application/zip", "application/x-ole-storage", "application/gzip", "application/ogg"}
)
# E-books and OpenDocument name themselves in their first entry:
# https://www.w3.org/TR/epub-33/#sec-zip-container-mime
_NAMED_ZIP = re.compile(rb"PK\x03\x04.{26}mimetype(application/[a-z.+-]{4,60}?)(?=PK)", re.DOTALL)

_NEVER_TEXT = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.ARCHIVE})
# Lists of where the films are.
_PLAYLISTS = frozenset(
    {
        *("application/vnd.apple.mpegurl", "application/x-mpegurl", "application/dash+xml"),
        *("audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls"),
    }
)
# https://mimesniff.spec.whatwg.org/#binary-data-byte
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_BYTE_ORDER_MARKS = (b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")


def kind_of(content_type: ContentType | None, url: str, disposition: str | None) -> Kind | None:
    """What kind of file a response promises to be by its head; None: none that makes a card.

    None is a web page, an answer for programs, or a response without a type, which may be a page.
    A promise is worth a look at the first bytes: `identify` then may think otherwise.
    """
    essence = content_type.essence if content_type else None
    if essence in HTML_TYPES:
        return None
    kind = kind_of_type(essence) if essence else None
    if kind is None and essence in _PERHAPS_FEEDS and not is_attachment(disposition):
        return Kind.FEED
    if kind is None and (essence or is_attachment(disposition)):
        named = _BY_EXTENSION.get(extension(file_name(url, disposition)))
        kind = kind_of_type(named) if named else None
    if kind is None and (essence in _GENERIC or is_attachment(disposition)):
        return Kind.DOCUMENT
    return kind


def kind_of_type(essence: str) -> Kind | None:
    """The kind of files of that media type; None if it is not one of files that people share."""
    if essence in _NOT_SHARED or essence in _PERHAPS_FEEDS or essence in HTML_TYPES:
        return None
    return _KINDS.get(essence) or _FAMILIES.get(essence.partition("/")[0])


def identify(essence: str | None, name: str, head: bytes, *, is_attached: bool) -> str | None:
    """The media type of a file declared as *essence* that begins with *head*.

    None: it is not what it was declared to be, or nothing that a card can be made of.
    """
    sniffed = sniff(head)
    if essence is None or essence in _GENERIC or (essence == "text/plain" and is_binary(head)):
        guessed = _guess(name, sniffed, head)
        return guessed or (UNKNOWN_TYPE if essence or is_attached else None)
    kind = kind_of_type(essence)
    if essence in _PERHAPS_FEEDS or kind is Kind.FEED:
        return feed_type(head) or (essence if is_attached else None)
    if kind is None:
        return _guess(name, sniffed, head) or essence
    return _compared(essence, kind, sniffed, head)


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes of a file give away."""
    named = _NAMED_ZIP.match(head)
    if named and (essence := named[1].decode()) in _KINDS:
        return essence
    return next((essence for essence, pattern in _MAGIC if pattern.match(head)), None)


def is_binary(head: bytes) -> bool:
    """Whether a file that begins with *head* is no text."""
    return not head.startswith(_BYTE_ORDER_MARKS) and _BINARY.search(head) is not None


def _guess(name: str, sniffed: str | None, head: bytes) -> str | None:
    """What a file is that nobody says the type of."""
    named = _BY_EXTENSION.get(extension(name))
    if sniffed and not (sniffed in _CONTAINERS and named and named not in _SNIFFABLE):
        return sniffed
    if named and not _is_lie(named, kind_of_type(named), head):
        return named
    return feed_type(head)


def _compared(essence: str, kind: Kind, sniffed: str | None, head: bytes) -> str | None:
    """Which of a declared and a sniffed type is right."""
    if sniffed is None:
        return None if _is_lie(essence, kind, head) else essence
    if sniffed in _CONTAINERS and essence not in _SNIFFABLE:
        return essence
    if essence.startswith("text/") and not is_binary(head):
        return essence
    kinds = {kind, kind_of_type(sniffed)}
    # A film's container may hold sound alone; old programs have many names for what they write.
    is_same = kinds <= {Kind.AUDIO, Kind.VIDEO} or (kinds == {kind} and essence not in _SNIFFABLE)
    return essence if is_same and kind is not Kind.IMAGE else sniffed


def _is_lie(essence: str, kind: Kind | None, head: bytes) -> bool:
    """Whether a file whose first bytes say nothing cannot be of that type: an error's text, say."""
    if kind is Kind.IMAGE and essence in _SNIFFABLE:
        return True
    if essence == "application/pdf":
        # Its readers look for it in as many bytes.
        return b"%PDF-" not in head
    return kind in _NEVER_TEXT and essence not in _PLAYLISTS and not is_binary(head)
