"""The family of sources, in order of trust: for each field the first that has it wins."""

from preview_service.sources.base import Source
from preview_service.sources.body import BODY
from preview_service.sources.canonical_link import CANONICAL_LINK
from preview_service.sources.dublin_core import DUBLIN_CORE
from preview_service.sources.file import FILE
from preview_service.sources.html_meta import HTML_META
from preview_service.sources.html_title import HTML_TITLE
from preview_service.sources.json_ld import JSON_LD
from preview_service.sources.links import LINKS
from preview_service.sources.microdata import MICRODATA
from preview_service.sources.oembed import OEMBED
from preview_service.sources.open_graph import OPEN_GRAPH, OPEN_GRAPH_LOCALE
from preview_service.sources.twitter_card import TWITTER_CARD

SOURCES: tuple[Source, ...] = (
    CANONICAL_LINK,
    OPEN_GRAPH,
    TWITTER_CARD,
    HTML_META,
    OPEN_GRAPH_LOCALE,
    JSON_LD,
    OEMBED,
    HTML_TITLE,
    LINKS,
    DUBLIN_CORE,
    MICRODATA,
    FILE,
    BODY,
)
