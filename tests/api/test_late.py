import pytest

from preview_service.api.late import PAUSES_S, completed, is_early
from preview_service.model import Reason, Status
from preview_service.outcome import Outcome
from preview_service.previewer import PENDING, Sight

NO_ROOM = Sight(
    outcome=Outcome(status=Status.PENDING, reason=Reason.OVERLOADED), stored_at=1, fresh_until=2
)
DONE = Sight(outcome=Outcome(status=Status.COMPLETE), stored_at=1, fresh_until=2)
PARTIAL = Outcome(status=Status.PARTIAL)


class Looker:
    """A previewer that sees what it is told to see, in turn, the last for ever."""

    def __init__(self, *sights: Sight) -> None:
        self.sights = list(sights)

    async def look(self) -> Sight:
        return self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]


async def finished(*sights: Sight) -> tuple[Sight, list[float]]:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return await completed(Looker(*sights).look, sleep=pause), pauses


@pytest.mark.parametrize(
    ("sight", "early"),
    [
        (Sight(outcome=PENDING), True),
        (NO_ROOM, True),
        (Sight(outcome=PARTIAL), True),
        (Sight(outcome=PARTIAL, stored_at=1, fresh_until=2), False),
        (DONE, False),
        (Sight(outcome=Outcome(status=Status.UNAVAILABLE), stored_at=1, fresh_until=2), False),
    ],
)
def test_what_is_early_is_what_will_be_better_soon(sight: Sight, early: bool) -> None:
    assert is_early(sight) is early


async def test_what_is_there_is_the_answer() -> None:
    assert await finished(DONE) == (DONE, [])


async def test_where_there_was_no_room_it_is_tried_again_a_while_later() -> None:
    assert await finished(NO_ROOM, NO_ROOM, DONE) == (DONE, [1, 2])


async def test_and_not_for_ever() -> None:
    assert await finished(NO_ROOM) == (NO_ROOM, list(PAUSES_S))
