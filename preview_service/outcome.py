"""What looking behind a URL came to, and the trail of how: what the cache holds.

These are `model`'s nouns put together; a change of shape here is another version of what is kept.
"""

from enum import StrEnum

import msgspec

from preview_service.model import Claim, Field, Preview, Reason, Status, Verdict


class Thumbnail(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a picture within the bounds that `spec` writes down; sizes in pixels and bytes."""

    spec: str
    media_type: str
    width: int
    height: int
    bytes: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that copies were made of, by the name of its content."""

    content: str
    thumbnails: tuple[Thumbnail, ...] = ()


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What was really served, and the rule that says so; a page that is `ok` needs none."""

    verdict: Verdict
    evidence: str | None = None


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One redirect: the address that answered with it and its status."""

    url: str
    status: int


class Purpose(StrEnum):
    """What a request of ours was for."""

    PAGE = "page"
    REFRESH = "refresh"
    CANONICAL = "canonical"
    OEMBED = "oembed"
    FILE_END = "file_end"
    IMAGE = "image"


class FetchReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One upstream request for `explain`; None: it did not come to that.

    `bytes` decoded and `ms` from the start are counted to the last byte that was wanted;
    `final_url` is where redirects ended, if there were any.
    """

    url: str
    purpose: Purpose
    status: int | None = None
    bytes: int | None = None
    ms: int | None = None
    redirects: tuple[Hop, ...] = ()
    final_url: str | None = None
    reason: Reason | None = None
    detail: str | None = None


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """How a preview came about: each field's claims, winner first, the verdict, each fetch.

    `refused` are the addresses of pictures that make no card, and why.
    """

    claims: dict[Field, tuple[Claim, ...]] = {}
    refused: dict[str, str] = {}
    judgement: Judgement | None = None
    fetches: tuple[FetchReport, ...] = ()


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a page was read and the headers, by lower-case names, that say how long it holds."""

    url: str = ""
    headers: dict[str, str] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What looking behind a URL came to, good or bad; what the cache holds.

    `reason` is None exactly when the preview is fit for a card; `http_status` is the target's last
    answer, where it gave one. `bytes_to_metadata` is what a crawler must read to see the tags, for
    the forecast of apps that read only so much.
    """

    status: Status
    preview: Preview | None = None
    reason: Reason | None = None
    http_status: int | None = None
    bytes_to_metadata: int = 0
    picture: Picture | None = None
    trail: Trail = Trail()
    origin: Origin = Origin()
