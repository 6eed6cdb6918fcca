"""The pictures that a page declares → the few worth asking for, and of what came the one to show.

The page's own order is kept: https://ogp.me/#array lets the first win. What it says of sizes only
moves pictures back: many pages declare 1 × 1 of a picture that their software failed to measure.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from preview_service.images.base import Facts
from preview_service.images.tells import tell
from preview_service.model import Claim

MAX_PROBES: Final = 2
"""Pictures that are asked for, for one preview."""

MIN_SIDE: Final = 50
"""Pixels; what is smaller is an icon or a line."""

LARGE_SIDE: Final = 200
"""Pixels of the shorter side from which a picture makes a card: what Facebook, and so WhatsApp and
Messenger, takes at all. https://developers.facebook.com/docs/sharing/webmasters/images/
"""

MAX_PIXELS: Final = 24_000_000
"""The most that a copy is made of: decoded, 24 MP are 100 MB."""

MAX_WIDE: Final = 6.0
"""Width by height; banners of advertisements are wider, from 320 by 50 on."""

MAX_TALL: Final = 10.0
"""Height by width; posters of facts and comic strips are long."""

BLANK_BYTES: Final = 128
"""A file of so few bytes that is larger than `MIN_SIDE` has a colour, and nothing to see. Of longer
ones bytes say nothing: measured, an area with a word on it takes hardly more than the area, in
every format.
"""

# Icons for home screens, which are as large as a small picture though they need not say so.
_LARGE_ICONS: Final = frozenset(
    {"link:apple-touch-icon", "link:apple-touch-icon-precomposed", "link:fluid-icon"}
)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A picture worth asking for: at `address`, as the page says in `claim`.

    `doubt` is what the page says of its size that speaks against it.
    """

    address: str
    claim: Claim
    is_icon: bool = False
    doubt: str | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is not asked for; `rule` is the row or the fact that gave the `reason`."""

    claim: Claim
    reason: str
    rule: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask for, in this order, and all that is left out."""

    candidates: tuple[Candidate, ...] = ()
    refused: tuple[Refused, ...] = ()


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that `judge` has nothing against; `bytes` of the whole file, if it is known."""

    candidate: Candidate
    facts: Facts
    bytes: int | None = None


def choose(images: Sequence[Claim], icons: Sequence[Claim] = ()) -> Choice:
    """At most `MAX_PROBES` of a page's claims, each in order of trust; icons where images lack.

    Reasons: those of `tells.tell`, `tiny_icon`, and `past_two` for what would be asked third.
    """
    candidates: dict[str, Candidate] = {}
    refused: list[Refused] = []
    for is_icon, claims in ((False, images), (True, icons)):
        for claim in claims:
            found = _judged(claim, is_icon=is_icon)
            if isinstance(found, Refused):
                refused.append(found)
            else:
                _keep(candidates, found)
    ordered = sorted(candidates.values(), key=lambda each: (each.is_icon, each.doubt is not None))
    late = (Refused(claim=each.claim, reason="past_two") for each in ordered[MAX_PROBES:])
    return Choice(candidates=tuple(ordered[:MAX_PROBES]), refused=(*refused, *late))


def judge(candidate: Candidate, facts: Facts, size: int | None) -> str | None:
    """The reason why a picture that was found to be so, of *size* bytes, makes no card, or None.

    `one_pixel`, `too_small`, `too_many_pixels`, `odd_shape`, `blank`. Animated is fine.
    """
    width, height = facts.width, facts.height
    if width == height == 1:
        return "one_pixel"
    if min(width, height) < MIN_SIDE:
        return "too_small"
    if width * height > MAX_PIXELS:
        return "too_many_pixels"
    if _is_odd(width, height):
        return "odd_shape"
    return "blank" if size is not None and 0 < size <= BLANK_BYTES else None


def is_large(facts: Facts) -> bool:
    """Whether no other picture needs to be asked for."""
    return min(facts.width, facts.height) >= LARGE_SIDE


def best(probed: Iterable[Probed]) -> Probed | None:
    """The first that is large, else the first."""
    found = tuple(probed)
    return next((each for each in found if is_large(each.facts)), next(iter(found), None))


def _judged(claim: Claim, *, is_icon: bool) -> Candidate | Refused:
    found = tell(claim.value, claim.media_type)
    if found is not None:
        return Refused(claim=claim, reason=found.reason, rule=found.name)
    side = min(filter(None, (claim.width, claim.height)), default=None)
    if is_icon and (side or 0) < MIN_SIDE and (side or claim.source not in _LARGE_ICONS):
        return Refused(claim=claim, reason="tiny_icon", rule=f"{side}" if side else claim.source)
    return Candidate(address=claim.value, claim=claim, is_icon=is_icon, doubt=_doubt(claim))


def _doubt(claim: Claim) -> str | None:
    sides = [side for side in (claim.width, claim.height) if side]
    if sides and min(sides) < LARGE_SIDE:
        return "declared_small"
    if claim.width and claim.height and _is_odd(claim.width, claim.height):
        return "declared_odd_shape"
    return None


def _is_odd(width: int, height: int) -> bool:
    return width > height * MAX_WIDE or height > width * MAX_TALL


def _keep(candidates: dict[str, Candidate], found: Candidate) -> None:
    """Once only what is declared in several vocabularies, and by https if in one of them."""
    scheme, _, key = found.address.partition("://")
    known = candidates.setdefault(key, found)
    if scheme == "https" and known.address != found.address:
        candidates[key] = msgspec.structs.replace(known, address=found.address)
