"""A request that makes sense → what is behind its URL, and the answer of that as bytes."""

from collections.abc import Mapping

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from preview_service.api.answers import EncodedAnswer, encode
from preview_service.api.app_keys import IMAGES, PARTNERS, PREVIEWER
from preview_service.api.late import WORK_S, completed
from preview_service.api.requests import PreviewRequest
from preview_service.api.schemas import Asked, LateCard, answer, explanation
from preview_service.cache.key import bucket
from preview_service.channels import select
from preview_service.channels.base import Channel
from preview_service.image_proxy import Offer
from preview_service.previewer import Sight
from preview_service.urls.normalize import Url, normalize


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, its names looked up."""

    ask: PreviewRequest
    url: Url
    channels: Mapping[str, Channel]
    language: str


def question(app: web.Application, ask: PreviewRequest) -> Question:
    """*ask* with its channels and its URL; raise `CallerError` for what cannot be asked."""
    return Question(
        ask=ask,
        channels=select(ask.channel, ask.partner, app[PARTNERS]),
        url=normalize(ask.url),
        language=bucket(ask.lang),
    )


async def look(
    app: web.Application,
    asked: Question,
    *,
    wait_s: float,
    refresh: bool = False,
    is_new: bool = False,
) -> Sight:
    """What is behind the URL within *wait_s*; *is_new* if it is known that nobody has looked."""
    return await app[PREVIEWER].look(
        asked.url, wait_s=wait_s, language=asked.language, refresh=refresh, is_new=is_new
    )


async def offer(app: web.Application, asked: Question, sight: Sight, *, wait_s: float) -> Offer:
    """What the channels asked for may be given of its picture within *wait_s*."""
    return await app[IMAGES].offer(sight.outcome, asked.channels.values(), wait_s=wait_s)


async def final(app: web.Application, asked: Question) -> tuple[Sight, Offer]:
    """The same once all work on it is done."""
    sight = await completed(lambda: look(app, asked, wait_s=WORK_S))
    return sight, await offer(app, asked, sight, wait_s=WORK_S)


def encoded(
    asked: Question, sight: Sight, pictures: Offer, late_card: LateCard | UnsetType = UNSET
) -> EncodedAnswer:
    """The answer that *sight* makes."""
    ask = asked.ask
    # Nobody has the admin scope while there are no keys.
    whole = Asked(
        url=asked.url.href,
        sent=asked.url.sent,
        channel=ask.channel,
        channels=asked.channels,
        way=ask.method,
        offer=pictures,
    )
    explain = (
        explanation(
            sight.outcome,
            sight.keys[-1] if sight.keys else asked.url.key,
            sight.state,
            is_admin=whole.is_admin,
        )
        if ask.explain
        else UNSET
    )
    return encode(
        answer(sight.outcome, whole, explain, late_card),
        sight.stored_at,
        sight.fresh_until,
        same_until=0.0 if ask.explain else sight.same_until,
        note=sight.note,
    )
