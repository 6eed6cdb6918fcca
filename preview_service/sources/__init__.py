"""The family of sources, in order of trust: for each field the first that has it wins."""

from preview_service.sources.base import Source
from preview_service.sources.canonical_link import CANONICAL_LINK
from preview_service.sources.html_meta import HTML_META
from preview_service.sources.html_title import HTML_TITLE
from preview_service.sources.json_ld import JSON_LD
from preview_service.sources.links import LINKS
from preview_service.sources.open_graph import OPEN_GRAPH
from preview_service.sources.twitter_card import TWITTER_CARD

SOURCES: tuple[Source, ...] = (
    CANONICAL_LINK,
    OPEN_GRAPH,
    TWITTER_CARD,
    HTML_META,
    JSON_LD,
    HTML_TITLE,
    LINKS,
)
