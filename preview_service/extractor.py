"""Page → Metadata, and a recorded page → what it declares: the pure half of a preview."""

from itertools import chain

import msgspec

from preview_service.errors import FetchFailed
from preview_service.model import Claim, Field, Kind, Metadata, Page, Verdict
from preview_service.page.markers import find
from preview_service.page.response import ResponseReader
from preview_service.page.tags import ESSENTIALS
from preview_service.page.text import cut
from preview_service.page.verdict import Visit, judge
from preview_service.sources import SOURCES
from preview_service.sources.merge import merge
from preview_service.sources.polish import polish
from preview_service.sources.sites import Sites

MAX_CHARS = {
    Field.TITLE: 300,
    Field.DESCRIPTION: 1000,
    Field.SITE_NAME: 100,
    Field.AUTHOR: 100,
    Field.PUBLISHED_AT: 64,
    Field.LANG: 35,
    Field.MODIFIED_AT: 64,
    Field.SECTION: 100,
    Field.TAG: 64,
    Field.PRICE: 50,
    Field.AVAILABILITY: 50,
    Field.DETAIL: 210,
    Field.RATING: 64,
    Field.THEME_COLOR: 64,
}
"""Code points of a value in a preview; 35 is what RFC 5646 tells to expect of a language tag."""

CHUNK_BYTES = 16 * 1024

_DESCRIBING = frozenset({Field.DESCRIPTION, Field.IMAGE})
_FIRST_ERROR = 400


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded page; `file` is relative to the list it stands in."""

    id: str | int
    url: str
    file: str
    content_type: str | None = None
    status: int = 200


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorded page declares, uncut; `claims` names the source of each value."""

    id: str | int
    url: str
    title: str | None
    description: str | None
    image: str | None
    site_name: str | None
    icon: str | None
    canonical: str | None
    lang: str | None
    author: str | None
    published_at: str | None
    kind: Kind
    verdict: Verdict
    charset: str
    claims: dict[Field, str]


def declared(page: Page) -> Metadata:
    """What *page* claims in every vocabulary it speaks, the winners as they stand there."""
    return merge(chain.from_iterable(source.read(page) for source in SOURCES))


def read(page: Page, sites: Sites) -> Metadata:
    """The same as a card shows it: polished, pictures as good as *sites* knows how to have them."""
    found = dict(polish(declared(page)).claims)
    for field in MAX_CHARS.keys() & found.keys():
        found[field] = tuple(_shortened(claim, MAX_CHARS[field]) for claim in found[field])
    if Field.IMAGE in found:
        found[Field.IMAGE] = tuple(_upgraded(claim, sites) for claim in found[Field.IMAGE])
    return Metadata(claims=found)


def extract(row: Row, body: bytes) -> Extract:
    """What the page of *row* declares; a type that was not recorded is taken for HTML."""
    page, document = _page(row, body)
    page = searched(page, row.status, document)
    metadata = declared(page)
    visit = Visit(asked=row.url, status=row.status, page=page, metadata=metadata)
    return Extract(
        id=row.id,
        url=row.url,
        title=metadata.value(Field.TITLE),
        description=metadata.value(Field.DESCRIPTION),
        image=metadata.value(Field.IMAGE),
        site_name=metadata.value(Field.SITE_NAME),
        icon=metadata.value(Field.ICON),
        canonical=metadata.value(Field.CANONICAL),
        lang=metadata.value(Field.LANG),
        author=metadata.value(Field.AUTHOR),
        published_at=metadata.value(Field.PUBLISHED_AT),
        kind=Kind(metadata.value(Field.KIND) or Kind.WEBSITE),
        verdict=judge(visit).verdict,
        charset=page.charset,
        claims={field: claims[0].source for field, claims in metadata.claims.items()},
    )


def searched(page: Page, status: int, document: bytes) -> Page:
    """*page* with the proofs in its *document* that it is a challenge, if it may be one.

    Whoever sets out to stop a visitor does not describe the page for others.
    """
    describes = any(ESSENTIALS.get(name) in _DESCRIBING for name, _ in page.metas)
    if describes and status < _FIRST_ERROR:
        return page
    return msgspec.structs.replace(page, markers=find(document))


def _page(row: Row, body: bytes) -> tuple[Page, bytes]:
    reader = ResponseReader()
    try:
        reader.begin(row.url, row.status, {"content-type": row.content_type or "text/html"})
        for start in range(0, len(body), CHUNK_BYTES):
            if reader.feed(body[start : start + CHUNK_BYTES]):
                break
        return reader.close(), reader.document
    except FetchFailed:
        # Declined: an empty page.
        return Page(url=row.url, base=row.url, charset="utf-8"), b""


def _upgraded(claim: Claim, sites: Sites) -> Claim:
    better = sites.image(claim.value)
    if better == claim.value:
        return claim
    # Of another file nothing is known.
    return Claim(
        field=claim.field, value=better, source=claim.source, alt=claim.alt, raw=claim.value
    )


def _shortened(claim: Claim, chars: int) -> Claim:
    if len(claim.value) <= chars:
        return claim
    return msgspec.structs.replace(claim, value=cut(claim.value, chars))
