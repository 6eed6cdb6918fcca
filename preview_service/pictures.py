"""A page's pictures → the one its card shows, with what was measured of it.

What a page declares stands where nobody can look: a picture that is late is no reason to go
without. One that was seen to be none is left out, and the next one asked for.
"""

from collections.abc import Mapping

import msgspec

from preview_service.copies import Copied, Copier
from preview_service.errors import (
    BadStatus,
    Blocked,
    FetchFailed,
    NotAPicture,
    NotRecorded,
    TooManyRedirects,
    Unreadable,
)
from preview_service.fetch.base import Fetched, Sink
from preview_service.images.base import Facts
from preview_service.images.choose import Candidate, Probed, best, choose, is_large, judge
from preview_service.images.reader import PROBE_HEADERS, PictureReader
from preview_service.model import Claim, Field, Metadata
from preview_service.outcome import Purpose
from preview_service.trip import Trip
from preview_service.workers import OUR_FAILURES, WorkerFailed

_SERVER_ERROR = 500
# https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9, rfc8470#section-5.2, rfc6585#section-4
_ASK_LATER = frozenset({408, 425, 429})


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The picture to show, if there is one; `refused` are the addresses left out, and why."""

    claim: Claim | None
    facts: Facts | None = None
    bytes: int | None = None
    copied: Copied | None = None
    refused: dict[str, str] = {}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that will do, and its copies if they were wanted."""

    probed: Probed
    copied: Copied | None = None


class PictureFinder:
    """Asks for the pictures that a page declares until one will do.

    With a *copier* it takes them whole, for that they may be shown from here.
    """

    def __init__(self, copier: Copier | None = None) -> None:
        self._copier = copier

    async def find(self, trip: Trip, metadata: Metadata) -> Shown:
        """The picture to show of all that *metadata* has."""
        images = metadata.claims.get(Field.IMAGE, ())
        choice = choose(images, metadata.claims.get(Field.ICON, ()))
        refused = {each.claim.value: each.reason for each in choice.refused}
        seen: list[Seen] = []
        for candidate in choice.candidates:
            found = await self._told(trip, candidate)
            if found is None:
                if candidate.is_icon or seen:
                    break
                return Shown(claim=candidate.claim, refused=refused)
            if isinstance(found, str):
                refused[candidate.address] = found
                continue
            seen.append(found)
            if is_large(found.probed.facts):
                break
        return _shown(seen, refused)

    async def _told(self, trip: Trip, candidate: Candidate) -> Seen | str | None:
        """What was found, or why it is no picture; None if nobody can say."""
        if trip.is_spent:
            return None
        try:
            return await self._seen(trip, candidate)
        except (FetchFailed, WorkerFailed) as error:
            trip.is_incomplete |= not isinstance(error, NotRecorded)
            return None

    async def _seen(self, trip: Trip, candidate: Candidate) -> Seen | str:
        """What was found, or why it is no picture.

        Raise `FetchFailed` or `WorkerFailed` if nobody can say.
        """
        try:
            seen = await self._look(trip, candidate)
        except NotAPicture as error:
            return error.reason
        except FetchFailed as error:
            if _is_final(error):
                return error.reason
            raise
        except WorkerFailed as error:
            if error.reason in OUR_FAILURES:
                raise
            return error.reason
        if seen.copied is not None and seen.copied.is_blank:
            return "blank"
        return judge(candidate, seen.probed.facts, seen.probed.bytes) or seen

    async def _look(self, trip: Trip, candidate: Candidate) -> Seen:
        address = candidate.address
        if self._copier is not None:

            async def fetch(url: str, sink: Sink, headers: Mapping[str, str]) -> Fetched:
                return await trip.fetch(url, sink, Purpose.IMAGE, headers)

            copied = await self._copier.copy(address, fetch)
            probed = Probed(candidate=candidate, facts=copied.facts, bytes=copied.bytes)
            return Seen(probed=probed, copied=copied)
        reader = PictureReader()
        fetched = await trip.fetch(address, reader, Purpose.IMAGE, PROBE_HEADERS)
        try:
            facts, size = reader.close()
        except NotAPicture as error:
            if fetched.cut is None:
                raise
            raise Unreadable("the picture broke off") from error
        return Seen(probed=Probed(candidate=candidate, facts=facts, bytes=size))


def _shown(seen: list[Seen], refused: dict[str, str]) -> Shown:
    winner = best([each.probed for each in seen])
    shown = next((each for each in seen if each.probed is winner), None)
    if winner is None or shown is None:
        return Shown(claim=None, refused=refused)
    refused |= {each.probed.candidate.address: "smaller" for each in seen if each is not shown}
    claim = msgspec.structs.replace(winner.candidate.claim, value=winner.candidate.address)
    return Shown(
        claim=claim,
        facts=winner.facts,
        bytes=winner.bytes,
        copied=shown.copied,
        refused=refused,
    )


def with_winner(metadata: Metadata, shown: Shown) -> Metadata:
    """*metadata* with the picture shown before all others."""
    if shown.claim is None:
        return metadata
    winner = msgspec.structs.replace(shown.claim, field=Field.IMAGE)
    others = metadata.claims.get(Field.IMAGE, ())
    kept = (winner, *(claim for claim in others if claim.value != winner.value))
    return Metadata(claims={**metadata.claims, Field.IMAGE: kept})


def _is_final(error: FetchFailed) -> bool:
    """Whether asking again soon will not help, so that the picture is none."""
    if isinstance(error, BadStatus):
        status = error.status or _SERVER_ERROR
        return status < _SERVER_ERROR and status not in _ASK_LATER
    return isinstance(error, Blocked | TooManyRedirects)
