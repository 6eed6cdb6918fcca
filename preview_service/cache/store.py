"""What a store is: bytes kept under a key for a while, and never a reason to fail."""

from typing import Final, Protocol

MAX_ENTRY_BYTES: Final = 32 * 1024
"""Of a preview, as a store of previews takes it."""

MAX_PICTURE_BYTES: Final = 1024 * 1024
"""Of a picture, which has a store of its own."""


class Store(Protocol):
    """Keeps bytes for some seconds; forgets earlier when it must, and nothing of it is durable."""

    async def get(self, key: str) -> bytes | None:
        """The bytes kept under *key*, or None once they are older than their time."""

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep *value*; one of more than `MAX_ENTRY_BYTES` is not kept, and no older one stays."""

    async def delete(self, key: str) -> None:
        """Forget *key*; an unknown one is no error."""

    async def close(self) -> None:
        """Let go of files and connections."""
