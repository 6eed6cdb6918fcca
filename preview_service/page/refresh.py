"""A page that has nothing to say itself → the page that it sends its visitors on to.

`<meta http-equiv=refresh>` by the shared declarative refresh steps of
https://html.spec.whatwg.org/multipage/document-lifecycle.html#shared-declarative-refresh-steps, and
the canonical address of a mobile or AMP edition.
"""

import re
from typing import Final

from preview_service.model import Field, Metadata, Page
from preview_service.page.addresses import host, is_edition, is_home, is_same_site
from preview_service.page.patterns import compiled
from preview_service.page.wording import NO_TITLE, is_placeholder, is_said, trim
from preview_service.urls.normalize import resolve

MAX_DELAY_S: Final = 10
"""Seconds. Way stations let their notice be read, as in W3C's example of 5
(https://www.w3.org/WAI/WCAG22/Techniques/failures/F40); what waits longer is a page that renews
itself."""

# Steps 1 to 12 in one pattern: seconds, their fraction unheeded, a separator, "url=" and a quote
# or neither. Possessive, so that no input is tried twice.
_REFRESH = compiled(
    r"\s*+(?:(?P<delay>[0-9]++)|(?=\.))[0-9.]*+"
    r"(?:(?:\s*+[;,]|\s)\s*+(?:url\s*+=\s*+)?+(?P<quote>[\"']?+)(?P<target>.*+))?+",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_SPACE = " \t\n\f\r"
# Of a delay: more are a very long time all the same.
_DIGITS = 9

# Titles of way stations, beside none and the address itself.
_PASSING = re.compile(
    r"(?:(?:you are|you(?:'|’)re) being |page |auto(?:matic)? ?)?redirect(?:ing|ion|ed)?\b.*"
    r"|(?:loading|(?:object )?moved(?: permanently| temporarily)?|found|please wait)\W*"
    r"|\d{3} (?:moved|found).*|https?://\S*"
    r"|weiterleitung.*|sie werden weitergeleitet.*|redirección.*|redirigiendo.*|redirection.*"
    r"|redirecionando.*|reindirizzamento.*|doorverwijzen.*|przekierowanie.*|перенаправление.*"
    r"|リダイレクト.*|(?:正在)?跳转.*",
    re.IGNORECASE,
)


# https://amp.dev/documentation/guides-and-tutorials/optimize-and-measure/discovery, as sites do it
_AMP_PATH = re.compile(
    r"/amp(?:/|$|\?)|[?&](?:amp(?:=1|=true)?|outputType=amp)(?:&|$)|\.amp(?:\.html)?$"
)


def refresh_target(page: Page, metadata: Metadata) -> str | None:
    """The absolute http(s) address that *page* sends a visitor on to at once, if it is that only.

    A page that has a description, a picture or a title of its own is what was asked for, also if a
    `<noscript>` in it leads elsewhere. A challenge that renews itself leads nowhere.
    """
    if page.file is not None or page.embed is not None or page.markers or _is_own(page, metadata):
        return None
    for name, content in page.metas:
        # As browsers do: the first that can be parsed counts.
        if name == "http-equiv:refresh" and (parsed := parse(content)):
            delay, reference = parsed
            target = resolve(page.base, reference) if delay <= MAX_DELAY_S else None
            return target if target and not _is_same(target, page.url) else None
    return None


def better_address(page: Page, metadata: Metadata) -> str | None:
    """The canonical address of a mobile or AMP page that lacks a part of a card, if it is another
    page of the same site: its edition for telephones often leaves the tags out."""
    canonical = metadata.value(Field.CANONICAL)
    needed = (Field.TITLE, Field.DESCRIPTION, Field.IMAGE)
    if canonical is None or page.file is not None or all(map(metadata.value, needed)):
        return None
    is_less = is_edition(page.url) or _AMP_PATH.search(page.url) is not None
    is_more = not (is_edition(canonical) or _AMP_PATH.search(canonical))
    is_other = is_same_site(canonical, page.url) and not _is_same(canonical, page.url)
    # Many an edition for telephones names the home page on all of its pages.
    is_other = is_other and (is_home(page.url) or not is_home(canonical))
    return canonical if is_less and is_more and is_other else None


def parse(content: str) -> tuple[int, str] | None:
    """Seconds and the reference as it stands there, "" for the page itself; None if it is neither.

    https://html.spec.whatwg.org/multipage/document-lifecycle.html#shared-declarative-refresh-steps
    """
    found = _REFRESH.match(content)
    if found is None:
        return None
    if found["target"] is None and found.end() < len(content):
        return None
    target = found["target"] or ""
    if found["quote"]:
        target = target.partition(found["quote"])[0]
    return int(found["delay"][:_DIGITS] if found["delay"] else 0), target.strip(_SPACE)


def _is_own(page: Page, metadata: Metadata) -> bool:
    """Whether the page has something to say for itself."""
    if metadata.value(Field.DESCRIPTION) or metadata.value(Field.IMAGE):
        return True
    title = metadata.value(Field.TITLE)
    if title is None or is_placeholder(title):
        return False
    if _PASSING.fullmatch(title) or is_said(NO_TITLE, trim(title)):
        return False
    return title.casefold() not in (page.url.casefold(), host(page.url))


def _is_same(one: str, other: str) -> bool:
    return one.partition("#")[0] == other.partition("#")[0]
