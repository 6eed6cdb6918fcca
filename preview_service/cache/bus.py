"""A message → every process that shares a store, the sender too, and those cut off meanwhile."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

Listener = Callable[[bytes], Awaitable[None]]

MAX_KEPT: Final = 1000
"""Messages that wait for those who do not hear them at once, the latest."""


class Bus(Protocol):
    """Messages in the order they were sent, from the moment one listens; one may come twice."""

    async def send(self, message: bytes) -> bool:
        """Tell all; whether it is certain that they will hear of it."""

    async def listen(self, listener: Listener) -> None:
        """Tell *listener* each message from now on, until `close`."""

    async def close(self) -> None:
        """Stop listening."""


class LocalBus:
    """`Bus` of a process that shares nothing."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    async def send(self, message: bytes) -> bool:
        for listener in self._listeners:
            await listener(message)
        return True

    async def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        self._listeners.clear()
