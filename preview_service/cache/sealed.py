"""A key and its value → bytes that tell who wrote them and whether they are whole, and back.

For stores that outlive a process or are shared: a byte for the version of the format, then the
CRC-32 (ISO/IEC 8802-3, as https://www.rfc-editor.org/rfc/rfc1952#section-8) of key and value, then
the value. With the key in it, an answer that belongs to another question is not believed either.
"""

import struct
import zlib
from typing import Final

VERSION: Final = 1
"""Raise it when what is kept changes its meaning: what older versions wrote is then a miss."""

_HEAD: Final = struct.Struct(">BI")

HEAD_BYTES: Final = _HEAD.size


def seal(key: str, value: bytes) -> bytes:
    return _HEAD.pack(VERSION, _sum(key, value)) + value


def unseal(key: str, sealed: object) -> bytes | None:
    """The value, or None if *sealed* is not what `seal` made of it and *key* in this version."""
    if not isinstance(sealed, bytes) or len(sealed) < HEAD_BYTES:
        return None
    version, checksum = _HEAD.unpack_from(sealed)
    value = sealed[HEAD_BYTES:]
    return value if version == VERSION and checksum == _sum(key, value) else None


def _sum(key: str, value: bytes) -> int:
    return zlib.crc32(value, zlib.crc32(key.encode()))
