"""An element's name and attributes → whether it is of a page's content, a header, or neither.

HTML's sections, WAI-ARIA's landmarks and states, and the names that authors give:
https://html.spec.whatwg.org/multipage/sections.html, https://www.w3.org/TR/wai-aria-1.2/#landmark_roles.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from preview_service.page.pictures import words

MAX_SENSES: Final = 4096
"""Names whose sense is kept: the same ones stand all over a page."""

MAX_NAMES_CHARS: Final = 1000
"""So much is looked at of what the author calls an element."""


def as_set(names: str) -> frozenset[str]:
    """The names in a text of them."""
    return frozenset(names.split())


UNREAD: Final = as_set(
    "aside audio button canvas datalist dialog fieldset figcaption footer iframe label legend"
    " map math menu nav noembed noframes noscript object option output rp rt script select style"
    " svg template textarea title video"
)
"""Elements that hold no content, or none to be read; `<rp>` and `<rt>` say how it is pronounced."""

_UNREAD_ROLES = as_set(
    "alert alertdialog complementary contentinfo dialog form menu menubar navigation search tablist"
    " toolbar tooltip"
)
# What authors call that which is not the content: whole words of `id` and `class`.
_UNREAD_NAMES = as_set(
    "ad ads advert advertisement banner breadcrumb breadcrumbs ccpa comment comments consent cookie"
    " cookies copyright disclaimer disqus footer gdpr menu modal nav navbar navigation newsletter"
    " pagination paywall popup promo recommended related share sharing sidebar signup social"
    " sponsored subscribe subscription toolbar"
)
# Named for the whole page, or for what it says of its subject: `class="category-social"`.
_WHOLE = as_set("html body main article")
# Not of the content, outside of it; yet the page's name may stand there.
_HEADERS = as_set("banner header masthead topbar")
# "has-sidebar" does not name a sidebar.
_ABOUT_THE_PAGE = as_set("has is js no not with without")
_TELLING = as_set("aria-hidden hidden itemprop role style")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


class Sense(NamedTuple):
    """What an element is; `is_set_aside`: hidden, or by its role or its name not the content."""

    is_set_aside: bool = False
    is_main: bool = False
    is_header: bool = False


_PLAIN = Sense()
_BARE = {"main": Sense(is_main=True), "header": Sense(is_header=True)}


def sense_of(name: str, given: Mapping[str, str]) -> Sense:
    """That of an element called *name* with the attributes *given*."""
    if not given:
        return _BARE.get(name, _PLAIN)
    names = f"{given.get('id', '')} {given.get('class', '')}"[:MAX_NAMES_CHARS]
    named = _PLAIN if name in _WHOLE else _named(names)
    if name not in _BARE and _TELLING.isdisjoint(given):
        return named
    role = given.get("role", "").lower()
    is_article_body = "articlebody" in given.get("itemprop", "").lower().split()
    return Sense(
        is_set_aside=named.is_set_aside or (name not in _WHOLE and _is_hidden(given, role)),
        is_main=name == "main" or role == "main" or is_article_body,
        is_header=named.is_header or name == "header" or role == "banner",
    )


@lru_cache(MAX_SENSES)
def _named(names: str) -> Sense:
    found = words(names)
    if _UNREAD_NAMES.isdisjoint(found) and _HEADERS.isdisjoint(found):
        return _PLAIN
    each = list(filter(None, map(words, names.split())))
    return Sense(
        is_set_aside=any(
            not _UNREAD_NAMES.isdisjoint(name) and name[0] not in _ABOUT_THE_PAGE for name in each
        ),
        is_header=any(name[-1] in _HEADERS for name in each),
    )


def _is_hidden(given: Mapping[str, str], role: str) -> bool:
    return (
        "hidden" in given
        or role in _UNREAD_ROLES
        or given.get("aria-hidden", "").lower() == "true"
        or _HIDDEN.search(given.get("style", "")) is not None
    )
