"""Two addresses → how they stand to each other: of one site, of its home page, of a page within.

Without the list of public suffixes (https://publicsuffix.org/) nobody knows where a site ends, so
only the labels that sites give to their own editions are looked through: `m.acme.example`,
`www.acme.example` and `acme.example` are one site, `shop.acme.example` is another.
"""

import re

# Of an address as serialised: the host without its port, and the path.
_ADDRESS = re.compile(r"https?://(?P<host>\[[^\]/?#]*\]|[^:/?#\[]+)[^/?#]*(?P<path>[^?#]*)")

_EDITIONS = ("www.", "m.", "mobile.", "amp.", "touch.")
# "/", "/en", "/de-at/", "/us/en/", with the file that stands for a folder.
_HOME = re.compile(
    r"(?:/[a-z]{2}(?:[-_][a-z]{2,4})?){0,2}/?(?:(?:index|default|home)(?:\.[a-z]{2,5})?/?)?",
    re.IGNORECASE,
)
_SLUG = re.compile(r"[0-9_.-]")


def host(url: str) -> str:
    """The host of *url*, an absolute http(s) address as serialised; "" of anything else."""
    found = _ADDRESS.match(url)
    return found["host"] if found else ""


def is_same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site, its editions for telephones among them."""
    return _site(one) == _site(other) != ""


def is_edition(url: str) -> bool:
    """Whether *url* is of a site's edition for telephones or for AMP, by its host."""
    return host(url).startswith(_EDITIONS[1:])


def is_home(url: str) -> bool:
    """Whether *url* is a site's home page, in one of its languages perhaps."""
    return _HOME.fullmatch(_path(url)) is not None


def is_deep(url: str) -> bool:
    """Whether *url* is of one page among many: not "/about", which may well lead home."""
    path = _path(url)
    segments = [segment for segment in path.split("/") if segment]
    return _HOME.fullmatch(path) is None and (len(segments) > 1 or any(map(_SLUG.search, segments)))


def _path(url: str) -> str:
    found = _ADDRESS.match(url)
    return found["path"] if found else ""


def _site(url: str) -> str:
    name = host(url)
    for label in _EDITIONS:
        rest = name.removeprefix(label)
        if rest != name and "." in rest:
            return rest
    return name
