"""An answer that came too early → the one that follows, awaited for a webhook or a stream."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from preview_service.model import Status
from preview_service.previewer import Sight

WORK_S: Final = 30.0
"""Longer than work takes by the defaults, its wait for a turn included."""

PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Between looks at what there was no room for."""

Look = Callable[[], Awaitable[Sight]]


def is_early(sight: Sight) -> bool:
    """Whether a better answer is to come: nothing is there yet, or work on it goes on.

    What is partial and kept is what there is; asking again soon brings the same.
    """
    status = sight.outcome.status
    return status is Status.PENDING or (status is Status.PARTIAL and not sight.fresh_until)


async def completed(
    look: Look, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Sight:
    """What *look* comes to once work on it is done; early only if there is no room for long."""
    sight = await look()
    for pause_s in PAUSES_S:
        if not is_early(sight):
            break
        await sleep(pause_s)
        sight = await look()
    return sight
