"""Failures and the time → whether to try again: what is dead is asked once in a while, by one.

The circuit breaker of Nygard's Release It!, as https://martinfowler.com/bliki/CircuitBreaker.html
"""

from collections.abc import Callable
from typing import Final

FIRST_S: Final = 0.25
LONGEST_S: Final = 8.0


class Unavailable(Exception):
    """What is behind a store did not answer, or refused; no store and no flow lets it out."""


class Breaker:
    """Open from a failure to the next success; while it is open one try passes each period.

    The first period is short, for one failure may be our own: an event loop that was held up finds
    its time-outs passed. Each further failure doubles it, up to *longest_s*.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        first_s: float = FIRST_S,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._clock = clock
        self._first_s = first_s
        self._longest_s = longest_s
        self._period_s = 0.0
        self._try_at = 0.0
        self._is_trying = False

    @property
    def is_open(self) -> bool:
        return self._period_s > 0

    def allows(self) -> bool:
        """Whether to try now; while open, whoever is told so is the one of this period."""
        if not self._period_s:
            return True
        now = self._clock()
        if now < self._try_at:
            return False
        self._try_at = now + self._period_s
        self._is_trying = True
        return True

    def failed(self) -> bool:
        """Take note of a failure; whether it is the first of its row."""
        is_first = not self.is_open
        if is_first:
            self._period_s = self._first_s
        elif self._is_trying:
            self._period_s = min(2 * self._period_s, self._longest_s)
        else:
            return False  # begun before the breaker opened, and no news
        self._is_trying = False
        self._try_at = self._clock() + self._period_s
        return is_first

    def succeeded(self) -> bool:
        """Take note of a success; whether it ends a row of failures."""
        was_open = self.is_open
        self._period_s = 0.0
        self._is_trying = False
        return was_open
