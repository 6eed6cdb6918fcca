"""An agent's text → the parts to send, in order: its words, and its links as cards.

Nothing of the text is lost, said twice or moved. Where a channel takes words and a card in one
message, there is one part; else each link that makes a card stands between the words around it.
"""

import asyncio
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

import msgspec

from preview_service.channels.base import Channel, Message
from preview_service.channels.fit import split_text
from preview_service.errors import BadURL
from preview_service.image_proxy import NO_OFFER, ImageProxy, Offer
from preview_service.model import Look, Rendered, Way
from preview_service.previewer import Previewer, Sight
from preview_service.renderer import Chosen, choose
from preview_service.urls.find import Link, find_links

MAX_LINKS = 5
"""Links of one text that are looked at; more than that is a list, and no cards are wanted."""

# Marks that are no punctuation by their category.
_MARKS = frozenset("<>|~`^")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the text as it stands there, and the message that carries it."""

    text: str
    message: Message


class RichLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that makes a card, *text* being what stands for it in words."""

    url: str
    sight: Sight
    offer: Offer
    rendered: Rendered


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the text, what is behind it, and what a message may carry of its picture."""

    found: Link
    sight: Sight
    offer: Offer = NO_OFFER


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the text with the way it goes."""

    looked: Looked
    chosen: Chosen

    @property
    def found(self) -> Link:
        return self.looked.found


Parts = tuple[Words | RichLink, ...]


class Upgrader:
    """Looks at a text's links and puts the parts together."""

    def __init__(self, previewer: Previewer, images: ImageProxy) -> None:
        self._previewer = previewer
        self._images = images

    async def upgrade(
        self, text: str, channel: Channel, *, wait_s: float, way: Way = Way.AUTO
    ) -> Parts:
        """The parts of *text* on *channel*, its links looked at side by side within *wait_s*."""
        found = find_links(text)
        firsts = _firsts(found) if channel.methods else []
        looked = await asyncio.gather(*(self._look(link, channel, wait_s) for link in firsts))
        return compose(text, found, [each for each in looked if each], channel, way)

    async def _look(self, link: Link, channel: Channel, wait_s: float) -> Looked | None:
        until = asyncio.get_running_loop().time() + wait_s
        try:
            sight = await self._previewer.look(link.url, wait_s=wait_s)
        except BadURL:
            return None  # it may not be asked: it stays what it is, words
        left_s = until - asyncio.get_running_loop().time()
        offer = await self._images.offer(sight.outcome, (channel,), wait_s=left_s)
        return Looked(found=link, sight=sight, offer=offer)


def compose(
    text: str,
    found: Sequence[Link],
    looked: Sequence[Looked],
    channel: Channel,
    way: Way = Way.AUTO,
) -> Parts:
    """The parts of *text* in which *found* links stand, some of them *looked* at."""
    cards = _cards(looked, channel, way)
    if cards and cards[0].chosen.method.with_text is not None:
        first = cards[0]
        # Of several links the app may draw another than this one.
        is_drawn = not first.chosen.method.is_first_link or first.found is found[0]
        whole = _in_one(text, first, channel) if is_drawn else None
        if whole is not None:
            return (whole,)
    return _in_turn(text, cards, [(link.start, link.end) for link in found], channel)


def _firsts(found: Iterable[Link]) -> list[Link]:
    """Each link where it first stands, as many as are looked at."""
    firsts: dict[str, Link] = {}
    for link in found:
        firsts.setdefault(link.url.key, link)
    return list(firsts.values())[:MAX_LINKS]


def _cards(looked: Iterable[Looked], channel: Channel, way: Way) -> list[Card]:
    """The links that make more than themselves."""
    cards = []
    for each in looked:
        url = each.found.url.href
        chosen, _ = choose(each.sight.outcome, url, channel, way, each.offer)
        if chosen is not None and chosen.customer_sees.look is not Look.PLAIN_LINK:
            cards.append(Card(looked=each, chosen=chosen))
    return cards


def _in_one(text: str, card: Card, channel: Channel) -> RichLink | None:
    """Words and card in one message, unless that is too much for one."""
    method, longest = card.chosen.method, channel.longest_text
    if method.with_text is None or not (longest is None or longest.allows(text)):
        return None
    message = method.with_text(card.chosen.card, text)
    if not all(whole.limit.allows(whole.read(message)) for whole in method.wholes):
        return None
    return _rich_link(card, text, message)


def _in_turn(
    text: str, cards: Sequence[Card], links: Sequence[tuple[int, int]], channel: Channel
) -> Parts:
    """The words between the cards' links and the cards, in their order."""
    parts: list[Words | RichLink] = []
    done = 0
    for card, next_start in zip_longest(cards, [card.found.start for card in cards[1:]]):
        begin = _marks_before(text, done, card.found.start)
        end = _marks_behind(text, card.found.end, len(text) if next_start is None else next_start)
        parts += _words(text, done, begin, links, channel)
        # Its words are the title, and the link as the agent wrote it, brackets and full stop.
        words = f"{card.chosen.card.title}\n{text[begin:end]}"
        parts.append(_rich_link(card, words, card.chosen.message))
        done = end
    parts += _words(text, done, len(text), links, channel)
    return tuple(parts)


def _words(
    text: str, begin: int, end: int, links: Sequence[tuple[int, int]], channel: Channel
) -> list[Words]:
    """*text* from *begin* to *end* in as few messages as hold it."""
    piece = text[begin:end]
    if not piece.strip():
        return []
    whole = [(first - begin, last - begin) for first, last in links]
    limit = channel.longest_text
    pieces = [piece] if limit is None else split_text(piece, limit, whole)
    return [Words(text=each, message=channel.say(each.strip())) for each in _without_blank(pieces)]


def _without_blank(pieces: Iterable[str]) -> Iterator[str]:
    """*pieces*, the blank ones put to the next or the last: no channel takes spaces alone."""
    said = ""
    for piece in pieces:
        if said.strip() and piece.strip():
            yield said
            said = ""
        said += piece
    yield said


def _marks_before(text: str, begin: int, end: int) -> int:
    """Where the marks begin that a link at *end* is written in, or all if there is nothing else."""
    at = end
    while at > begin and _is_mark(text[at - 1]):
        at -= 1
    return at if _says_something(text[begin:at]) else begin


def _marks_behind(text: str, begin: int, end: int) -> int:
    """Where the marks end that follow a link at *begin*, or all if there is nothing else."""
    if not _says_something(text[begin:end]):
        return end
    at = begin
    while _is_mark(text[at]):
        at += 1
    return at


def _says_something(text: str) -> bool:
    """Whether *text* is worth a message of its own: a lone full stop is not."""
    return not all(char.isspace() or _is_mark(char) for char in text)


def _is_mark(char: str) -> bool:
    return char in _MARKS or unicodedata.category(char).startswith("P")


def _rich_link(card: Card, text: str, message: Message) -> RichLink:
    chosen = card.chosen
    return RichLink(
        url=card.found.url.sent,
        sight=card.looked.sight,
        offer=card.looked.offer,
        rendered=Rendered(
            delivery=chosen.method.delivery,
            reason=None,
            message=message,
            text=text,
            customer_sees=chosen.customer_sees,
            fit=chosen.fit,
        ),
    )
