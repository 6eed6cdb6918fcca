"""Bytes compressed once → a gzip stream of them and of any short end, without compressing again.

The beginning is deflated and flushed to a whole byte; the end follows as one stored block, and the
check value is carried on (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 for the block,
https://www.rfc-editor.org/rfc/rfc1952 for the rest). One member: not all clients read a second.
"""

import zlib
from functools import lru_cache
from typing import Final

LEVEL: Final = 6
MAX_END_BYTES: Final = 0xFFFF
MAX_REMEMBERED_CHARS: Final = 256

# Deflate, no flags, no time, no extra hints, an unknown system.
_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_STORED_BLOCK: Final = b"\x01"


class Gzipped:
    """*head* as it begins a gzip stream."""

    __slots__ = ("_check", "_deflated", "_size")

    def __init__(self, head: bytes) -> None:
        deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._deflated = _HEADER + deflate.compress(head) + deflate.flush(zlib.Z_SYNC_FLUSH)
        self._check = zlib.crc32(head)
        self._size = len(head)

    def with_end(self, end: bytes) -> bytes:
        """The whole stream of the head and *end*, at most `MAX_END_BYTES` of it."""
        size = len(end).to_bytes(2, "little")
        complement = (len(end) ^ MAX_END_BYTES).to_bytes(2, "little")
        check = zlib.crc32(end, self._check).to_bytes(4, "little")
        whole_size = ((self._size + len(end)) & 0xFFFFFFFF).to_bytes(4, "little")
        return b"".join(
            (self._deflated, _LAST_STORED_BLOCK, size, complement, end, check, whole_size)
        )


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client that sends this header takes gzip: named, and not with a weight of none.

    https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding
    """
    if len(accept_encoding) > MAX_REMEMBERED_CHARS:
        return False  # it may do without
    return _takes_gzip(accept_encoding)


# Clients of one kind send one header.
@lru_cache(maxsize=256)
def _takes_gzip(accept_encoding: str) -> bool:
    for coding in accept_encoding.lower().split(","):
        name, _, parameters = coding.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            weight = parameters.strip().removeprefix("q=").strip()
            return not weight or weight.strip("0.") != ""
    return False
