"""HTML's own title, author and dates → claims: what it says only as well as it can.

https://html.spec.whatwg.org/multipage/semantics.html#the-title-element and the names in use that
https://wiki.whatwg.org/wiki/MetaExtensions lists.
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, text_claim

_TERMS = {
    "title": Field.TITLE,
    "author": Field.AUTHOR,
    "date": Field.PUBLISHED_AT,
    "pubdate": Field.PUBLISHED_AT,
    "last-modified": Field.MODIFIED_AT,
    "lastmod": Field.MODIFIED_AT,
}


def read(page: Page) -> Iterator[Claim]:
    if page.title and (claim := text_claim(Field.TITLE, page.title, "title")):
        yield claim
    for name, content in page.metas:
        field = _TERMS.get(name)
        if field is not None and (claim := text_claim(field, content, f"meta:{name}")):
            yield claim


HTML_TITLE = Source(name="html_title", read=read)
