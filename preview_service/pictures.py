"""A page's pictures → the one its card shows, with what was measured of it.

What a page declares stands where nobody can look: a picture that is late is no reason to go
without. One that was seen to be none is left out, and the next one asked for.
"""

import msgspec

from preview_service.errors import BadStatus, Blocked, FetchFailed, NotAPicture, NotRecorded
from preview_service.images.base import Facts
from preview_service.images.choose import Candidate, Probed, best, choose, is_large, judge
from preview_service.images.reader import PROBE_HEADERS, PictureReader
from preview_service.model import Claim, Field, Metadata
from preview_service.outcome import Purpose
from preview_service.trip import Trip

_SERVER_ERROR = 500


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The picture to show, if there is one; `refused` are the addresses left out, and why."""

    claim: Claim | None
    facts: Facts | None = None
    bytes: int | None = None
    refused: dict[str, str] = {}


class PictureFinder:
    """Asks for the pictures that a page declares until one will do."""

    async def find(self, trip: Trip, metadata: Metadata) -> Shown:
        """The picture to show of all that *metadata* has."""
        images = metadata.claims.get(Field.IMAGE, ())
        choice = choose(images, metadata.claims.get(Field.ICON, ()))
        refused = {each.claim.value: each.reason for each in choice.refused}
        probed: list[Probed] = []
        for candidate in choice.candidates:
            try:
                found = await self._probe(trip, candidate)
            except FetchFailed as error:
                trip.is_incomplete |= not isinstance(error, NotRecorded)
                if candidate.is_icon or probed:
                    break
                return Shown(claim=candidate.claim, refused=refused)
            if isinstance(found, str):
                refused[candidate.address] = found
                continue
            probed.append(found)
            if is_large(found.facts):
                break
        return _shown(probed, refused)

    async def _probe(self, trip: Trip, candidate: Candidate) -> Probed | str:
        """What was found, or why it is no picture; raise `FetchFailed` if nobody can say."""
        reader = PictureReader()
        try:
            await trip.fetch(candidate.address, reader, Purpose.IMAGE, PROBE_HEADERS)
            facts, size = reader.close()
        except NotAPicture as error:
            return error.reason
        except FetchFailed as error:
            if _is_final(error):
                return error.reason
            raise
        reason = judge(candidate, facts, size)
        return reason or Probed(candidate=candidate, facts=facts, bytes=size)


def _shown(probed: list[Probed], refused: dict[str, str]) -> Shown:
    shown = best(probed)
    if shown is None:
        return Shown(claim=None, refused=refused)
    refused |= {each.candidate.address: "smaller" for each in probed if each is not shown}
    claim = msgspec.structs.replace(shown.candidate.claim, value=shown.candidate.address)
    return Shown(claim=claim, facts=shown.facts, bytes=shown.bytes, refused=refused)


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
        return error.status is not None and error.status < _SERVER_ERROR
    return isinstance(error, Blocked)
