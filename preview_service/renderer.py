"""Outcome + the link to send + channel → the message that channel can carry.

The way that shows the customer most, where the page earned a card and the channel has one, else
words that stand on their own.
"""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from preview_service.channels.base import (
    Card,
    Channel,
    Facts,
    Measured,
    Message,
    Method,
    PictureRules,
    is_of,
)
from preview_service.channels.fit import Actions, Fitted, fit_message, fit_text
from preview_service.channels.predict import forecast, is_better
from preview_service.model import (
    Delivery,
    Field,
    Forecast,
    Image,
    Look,
    Preview,
    Reason,
    Rendered,
    Verdict,
    Way,
)
from preview_service.outcome import Outcome, Purpose, Trail

_REDIRECT: Final = 300
_OPEN_GRAPH: Final = frozenset({"og:image", "og:image:url", "og:image:secure_url"})
# Why a picture lost that is one all the same.
_SMALLER: Final = "smaller"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The way a link goes, its card, and what was done for it to fit."""

    method: Method
    card: Card
    message: Message
    customer_sees: Forecast
    fit: Actions


class Pictures(Protocol):
    """Knows what a message may carry of a picture; `image_proxy.Offer` does."""

    def of(self, image: Image, rules: PictureRules) -> tuple[Image | None, Actions]:
        """*image* as a message under *rules* may have it, if at all, and what was done to it."""


class AsFound:
    """Every picture as it was found, where the page has it."""

    def of(self, image: Image, rules: PictureRules) -> tuple[Image, Actions]:
        return image, ()


AS_FOUND: Final = AsFound()


def render(
    outcome: Outcome,
    url: str,
    channel: Channel,
    way: Way = Way.AUTO,
    pictures: Pictures = AS_FOUND,
) -> Rendered:
    """What to send on *channel* for *url*, which goes out exactly as it is given."""
    preview = _presentable(outcome)
    text, text_fit = fit_text(preview.title if preview else None, url, channel.text_limits)
    chosen, refused = choose(outcome, url, channel, way, pictures)
    if chosen is None:
        say = (way is Way.COMPONENT and channel.say_component) or channel.say
        missing = channel.text_only if preview else Reason.NO_METADATA
        return Rendered(
            delivery=Delivery.TEXT,
            reason=outcome.reason or missing,
            message=say(text),
            text=text,
            customer_sees=Forecast(look=Look.PLAIN_LINK),
            fit=refused + text_fit,
        )
    return Rendered(
        delivery=chosen.method.delivery,
        reason=None,
        message=chosen.message,
        text=text,
        customer_sees=chosen.customer_sees,
        fit=refused + chosen.fit + text_fit,
    )


def render_all(
    outcome: Outcome,
    url: str,
    channels: Mapping[str, Channel],
    way: Way = Way.AUTO,
    pictures: Pictures = AS_FOUND,
) -> dict[str, Rendered]:
    """Every channel's rendering, by channel name."""
    return {
        name: render(outcome, url, channel, way, pictures) for name, channel in channels.items()
    }


def choose(
    outcome: Outcome,
    url: str,
    channel: Channel,
    way: Way = Way.AUTO,
    pictures: Pictures = AS_FOUND,
) -> tuple[Chosen | None, Actions]:
    """The first of *channel*'s ways that shows the most; and why better ones could not be had."""
    preview = _presentable(outcome)
    refused: Actions = ()
    best: Chosen | None = None
    if preview is None or outcome.reason:
        return None, ()
    measured = _measured(outcome)
    for method in channel.methods:
        if not is_of(method, way):
            continue
        shown, acts = _with_picture(preview, outcome.trail, method, pictures)
        fitted = fit_message(shown, url, method)
        done = _done(acts, shown, fitted)
        if fitted.card is None or fitted.message is None:
            if best is None:
                refused += done
            continue
        facts = Facts(preview=shown, card=fitted.card, measured=measured)
        seen = forecast(method.rules, facts)
        if best is None or is_better(seen, best.customer_sees):
            best = Chosen(
                method=method,
                card=fitted.card,
                message=fitted.message,
                customer_sees=seen,
                fit=done,
            )
        if seen.look is Look.LARGE_CARD:
            break
    return best, refused


def _done(acts: Actions, shown: Preview, fitted: Fitted) -> Actions:
    """All that was done; to a picture that then had to go it is of no interest."""
    is_told = shown.image is None or (fitted.card is not None and fitted.card.image is not None)
    return acts + fitted.done if is_told else fitted.done


def _with_picture(
    preview: Preview, trail: Trail, method: Method, pictures: Pictures
) -> tuple[Preview, Actions]:
    """*preview* with its picture as the app will see it."""
    if method.delivery is Delivery.PASTE_PREVIEW:
        return _as_page_has_it(preview, trail), ()
    if preview.image is None or method.picture is None or method.delivery is not Delivery.CARD:
        return preview, ()
    image, acts = pictures.of(preview.image, method.picture)
    return (
        msgspec.structs.replace(preview, image=image)
        if acts or image is not preview.image
        else preview
    ), acts


def _as_page_has_it(preview: Preview, trail: Trail) -> Preview:
    """*preview* with the picture that an app fetches itself, of a pasted link.

    That is Open Graph's first, were there ever so good a one elsewhere.
    """
    named = (each for each in trail.claims.get(Field.IMAGE, ()) if each.source in _OPEN_GRAPH)
    first = next(named, None)
    if first is None or trail.refused.get(first.value, _SMALLER) == _SMALLER:
        return preview
    return msgspec.structs.replace(preview, image=None)


def _presentable(outcome: Outcome) -> Preview | None:
    """The preview, unless it is a login page's or the like: its words name another thing."""
    preview = outcome.preview
    return preview if preview and preview.verdict is Verdict.OK else None


def _measured(outcome: Outcome) -> Measured:
    """What is known of how the page came; a stored preview came by no way that anybody saw."""
    fetches = outcome.trail.fetches
    to_metadata = outcome.bytes_to_metadata or None
    page = next((fetch for fetch in fetches if fetch.purpose is Purpose.PAGE), None)
    if page is None or page.status is None or page.status >= _REDIRECT:
        return Measured(bytes_to_metadata=to_metadata)
    claims = outcome.trail.claims.values()
    return Measured(
        bytes_to_metadata=to_metadata,
        ms=page.ms,
        redirects=len(page.redirects),
        refreshes=sum(fetch.purpose is Purpose.REFRESH for fetch in fetches),
        tags=frozenset(claim.source for found in claims for claim in found),
    )
