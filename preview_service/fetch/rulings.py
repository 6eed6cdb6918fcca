"""A list of URLs → what the guard says of each, with or without looking their names up."""

from collections.abc import Iterator, Sequence

import msgspec

from preview_service.errors import BadRequest, FetchFailed
from preview_service.fetch.guard import Guard, Ruling, is_literal, judge
from preview_service.fetch.resolver import SystemResolver
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import normalize


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A URL to judge and, where recorded, the addresses its host resolves to."""

    url: str
    dns: tuple[str, ...] | None = None


def read_cases(document: bytes, name: str) -> Iterator[Case]:
    """The URLs in *document*, one a line, or JSON lines; raise `BadRequest` naming the line."""
    for number, line in enumerate(document.splitlines(), 1):
        try:
            if line.lstrip().startswith(b"{"):
                yield msgspec.json.decode(line, type=Case)
            elif line.strip():
                yield Case(url=line.decode())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"{name}:{number}: {error}") from error


async def rulings(settings: FetchSettings, cases: Sequence[Case], *, resolve: bool) -> list[Ruling]:
    """What the guard says of *cases*; *resolve* looks those names up that are not recorded."""
    guard = Guard(settings)
    if not resolve:
        return [judge(guard, case.url, case.dns) for case in cases]
    resolver = SystemResolver(settings)
    try:
        return [
            judge(guard, case.url, await _addresses(guard, resolver, case.url))
            if case.dns is None
            else judge(guard, case.url, case.dns)
            for case in cases
        ]
    finally:
        await resolver.close()


async def _addresses(guard: Guard, resolver: SystemResolver, text: str) -> list[str] | None:
    """The addresses *text*'s host resolves to, none if it fails; None where no name is."""
    if not judge(guard, text).allowed:
        return None
    url = normalize(text)
    if is_literal(url.host):
        return None
    try:
        return [found["host"] for found in await resolver.resolve(url.host, url.port)]
    except (FetchFailed, OSError):
        return []
