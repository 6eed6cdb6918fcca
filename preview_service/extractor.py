"""Page → Metadata, and a recorded page → what it declares: the pure half of a preview."""

import msgspec

from preview_service.errors import FetchFailed
from preview_service.model import Claim, Field, Kind, Metadata, Page, Verdict
from preview_service.page.reader import PageReader
from preview_service.page.text import cut
from preview_service.page.verdict import Visit, judge
from preview_service.sources import SOURCES
from preview_service.sources.merge import merge

MAX_CHARS = {
    Field.TITLE: 300,
    Field.DESCRIPTION: 1000,
    Field.SITE_NAME: 100,
    Field.AUTHOR: 100,
    Field.PUBLISHED_AT: 64,
    Field.LANG: 35,
}
"""Code points of a value in a preview; 35 is what RFC 5646 tells to expect of a language tag."""

CHUNK_BYTES = 16 * 1024


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
    return merge(claim for source in SOURCES for claim in source.read(page))


def read(page: Page) -> Metadata:
    """The same, no value longer than a preview may hold."""
    return Metadata(
        claims={
            field: tuple(_shortened(claim, MAX_CHARS[field]) for claim in claims)
            if field in MAX_CHARS
            else claims
            for field, claims in declared(page).claims.items()
        }
    )


def extract(row: Row, body: bytes) -> Extract:
    """What the page of *row* declares; a type that was not recorded is taken for HTML."""
    page = _page(row, body)
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


def _page(row: Row, body: bytes) -> Page:
    with PageReader() as reader:
        try:
            reader.begin(row.url, row.status, {"content-type": row.content_type or "text/html"})
            for start in range(0, len(body), CHUNK_BYTES):
                if reader.feed(body[start : start + CHUNK_BYTES]):
                    break
        except FetchFailed:
            pass  # declined: an empty page
        return reader.close()


def _shortened(claim: Claim, chars: int) -> Claim:
    if len(claim.value) <= chars:
        return claim
    return msgspec.structs.replace(claim, value=cut(claim.value, chars))
