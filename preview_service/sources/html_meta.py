"""HTML's own description, language and colour → claims: what it says better than JSON-LD.

https://html.spec.whatwg.org/multipage/semantics.html#standard-metadata-names
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, text_claim

# https://developers.google.com/search/docs/specialty/explicit/guidelines: `rating`.
# `application-name` names the program and not the site; as a site's name it is often a framework's.
_TERMS = {
    "description": Field.DESCRIPTION,
    "theme-color": Field.THEME_COLOR,
    "rating": Field.RATING,
    "http-equiv:content-language": Field.LANG,
}


def read(page: Page) -> Iterator[Claim]:
    if page.lang and (claim := text_claim(Field.LANG, page.lang, "html:lang")):
        yield claim
    for name, content in page.metas:
        field = _TERMS.get(name)
        if field is not None:
            source = name if ":" in name else f"meta:{name}"
            if claim := text_claim(field, content, source):
                yield claim


HTML_META = Source(name="html_meta", read=read)
