"""A response's address and Content-Disposition header → the name of the file that it is.

https://www.rfc-editor.org/rfc/rfc6266  https://www.rfc-editor.org/rfc/rfc8187
"""

from urllib.parse import unquote, urlsplit

from preview_service.page.charset import encoding_for
from preview_service.page.content_type import parameters
from preview_service.page.encodings import CODECS
from preview_service.page.text import clean, cut

MAX_NAME_CHARS = 150
MAX_EXTENSION_CHARS = 12

_LONGEST_READ = 4096


def file_name(url: str, disposition: str | None) -> str:
    """What the server calls the file, else the end of its path, else its host; never a path."""
    for name in (_declared(disposition), unquote(urlsplit(url).path)):
        # Both slashes: https://www.rfc-editor.org/rfc/rfc6266#section-4.3
        last = clean(name.replace("\\", "/").rstrip("/").rpartition("/")[2], _LONGEST_READ)
        if last.strip(". "):
            return _shortened(last)
    return urlsplit(url).hostname or ""


def extension(name: str) -> str:
    """What stands behind the last dot of *name*, in lower case; empty if that is no extension."""
    stem, dot, suffix = name.rpartition(".")
    is_one = stem and dot and suffix.isalnum() and len(suffix) <= MAX_EXTENSION_CHARS
    return suffix.lower() if is_one else ""


def is_attachment(disposition: str | None) -> bool:
    """Whether the response is to be saved rather than shown."""
    return (disposition or "").partition(";")[0].strip().lower() == "attachment"


def _declared(disposition: str | None) -> str:
    # Some servers leave the type out, and begin with the name.
    found = {
        name.strip(): value for name, value in reversed([*parameters(f";{disposition or ''}")])
    }
    return _extended(found.get("filename*", "")) or _unescaped(found.get("filename", ""))


def _extended(value: str) -> str:
    """`UTF-8''na%C3%AFve.pdf` → "naïve.pdf"; empty if it is not written so."""
    label, _, rest = value.strip().partition("'")
    encoding = encoding_for(label)
    _, quote, escaped = rest.partition("'")
    if encoding is None or not quote:
        return ""
    return unquote(escaped, CODECS[encoding], "replace")


def _unescaped(value: str) -> str:
    """Percent escapes do not belong there, but are read by browsers."""
    try:
        return unquote(value.strip(), errors="strict")
    except UnicodeDecodeError:
        return value


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME_CHARS:
        return name
    suffix = f".{extension(name)}" if extension(name) else ""
    return cut(name, MAX_NAME_CHARS - len(suffix)) + suffix
