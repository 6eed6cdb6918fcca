"""A table of single sites → how to ask them, and which of their pictures are better than named.

A row says what holds for its `hosts` and all below them; `sites.toml` beside this module holds our
own, each with its reason. TOML: https://toml.io/en/v1.0.0
"""

import re
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from preview_service.errors import BadSettings
from preview_service.settings import HeaderText, rows_of
from preview_service.sources.hosts import ByHost, split, without_port
from preview_service.urls.normalize import resolve

Host = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z")]


class ImageUpgrade(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"pattern": "from", "replacement": "to"},
):
    r"""In a picture's address the first match of `from` becomes `to`; \1 stands for a group."""

    pattern: str
    replacement: str


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a site is asked; a site of which nothing is known has the defaults.

    `path` is a pattern that the address's whole path must match. `oembed`: ask a provider `first`,
    and for the page only if that fails, or `beside` the page. `image` holds for pictures on these
    hosts, whatever page names them; `never_fetch` for addresses that are not asked at all.
    """

    hosts: tuple[Host, ...] = ()
    path: str | None = None
    user_agent: HeaderText = ""
    accept_language: HeaderText = ""
    oembed: Literal["first", "beside"] = "beside"
    image: ImageUpgrade | None = None
    never_fetch: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What is sent instead of the usual headers."""
        own = {"user-agent": self.user_agent, "accept-language": self.accept_language}
        return {name: value for name, value in own.items() if value}


_UNKNOWN = Site()


class Sites:
    """The first row that matches holds, whole, and on all ports of its hosts.

    Patterns are the operator's and so are trusted to be quick; what they are tried on is an address
    of at most 2,048 characters.
    """

    def __init__(self, sites: tuple[Site, ...]) -> None:
        self._sites = sites
        self._by_host = ByHost((host, _Row(site)) for site in sites for host in site.hosts)

    def before(self, others: "Sites") -> "Sites":
        """These, and for what they do not know *others*."""
        return Sites(self._sites + others._sites)

    def rule(self, url: str) -> Site:
        """How to ask for *url*, a serialised http(s) address."""
        host, rest = split(url)
        for row in self._by_host.find(without_port(host)):
            if row.path is None or row.path.fullmatch(_path(rest)):
                return row.site
        return _UNKNOWN

    def image(self, address: str) -> str:
        """A better picture than that at *address*, else *address*.

        What was said of the size of one that was changed no longer holds.
        """
        host, rest = split(address)
        for row in self._by_host.find(without_port(host)):
            holds = row.path is None or row.path.fullmatch(_path(rest))
            if holds and row.image and row.site.image and row.image.search(address):
                better = row.image.sub(row.site.image.replacement, address, count=1)
                return resolve(better, "") or address
        return address


def _path(rest: str) -> str:
    return rest.partition("?")[0].partition("#")[0]


class _Row:
    """A site and its patterns; `re` raises for one that is none."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.path = re.compile(site.path) if site.path is not None else None
        self.image = re.compile(site.image.pattern) if site.image else None
        if site.image:
            # A replacement is judged when it is used: here, where nothing is to be found.
            re.sub(f"{site.image.pattern}|", site.image.replacement, "")


def parse(data: bytes) -> Sites:
    """The table in *data*; raise `BadSettings` saying what is wrong with it and in which row."""
    rows = rows_of(data, "sites", "site")
    return Sites(tuple(_site(row, number) for number, row in enumerate(rows, 1)))


@cache
def ours() -> Sites:
    """The table that comes with this package."""
    from importlib.resources import files

    return parse(files(__package__).joinpath("sites.toml").read_bytes())


# A row of another shape; a pattern that is none, repeats or nests too much; a group that is none.
_WRONG = (msgspec.ValidationError, re.error, OverflowError, RecursionError, IndexError)


def _site(row: Any, number: int) -> Site:
    try:
        site = msgspec.convert(row, Site)
        _Row(site)
    except _WRONG as error:
        raise BadSettings(f"sites: row {number}: {error}") from error
    if not site.hosts:
        raise BadSettings(f"sites: row {number}: it has no hosts")
    return site
