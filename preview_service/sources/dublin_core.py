"""Dublin Core, and the names that indexers of articles and papers read → claims.

https://www.dublincore.org/specifications/dublin-core/dcq-html/,
https://scholar.google.com/intl/en/scholar/inclusion.html#indexing, and two of news sites' analysts:
https://docs.parse.ly/metatags/, https://getstarted.meetmarigold.com/sailthru/tag/sailthru-meta-tags
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, text_claim

_PREFIXES = ("dc.", "dc:", "dcterms.", "dcterms:")
_LEAVES = {
    "title": Field.TITLE,
    "description": Field.DESCRIPTION,
    "creator": Field.AUTHOR,
    "language": Field.LANG,
    "date": Field.PUBLISHED_AT,
    "date.issued": Field.PUBLISHED_AT,
    "issued": Field.PUBLISHED_AT,
    "modified": Field.MODIFIED_AT,
}

TERMS = {f"{prefix}{leaf}": field for prefix in _PREFIXES for leaf, field in _LEAVES.items()} | {
    "citation_title": Field.TITLE,
    "citation_abstract": Field.DESCRIPTION,
    "citation_author": Field.AUTHOR,
    "citation_date": Field.PUBLISHED_AT,
    "citation_publication_date": Field.PUBLISHED_AT,
    "parsely-author": Field.AUTHOR,
    "parsely-pub-date": Field.PUBLISHED_AT,
    "sailthru.author": Field.AUTHOR,
    "sailthru.date": Field.PUBLISHED_AT,
}


def read(page: Page) -> Iterator[Claim]:
    for name, content in page.metas:
        field = TERMS.get(name)
        if field is not None and (claim := text_claim(field, content, name)):
            yield claim


DUBLIN_CORE = Source(name="dublin_core", read=read)
