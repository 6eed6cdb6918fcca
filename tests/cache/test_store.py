import msgspec
import pytest

from preview_service.cache.store import decoded


@pytest.mark.parametrize("damaged", [b"", b"\xc1", b"\xa1\xff", b"\x01\x02"])
def test_what_cannot_be_read_is_as_good_as_never_kept(damaged: bytes) -> None:
    decode = msgspec.msgpack.Decoder(str).decode
    assert decoded(msgspec.msgpack.encode("kept"), decode) == "kept"
    assert decoded(damaged, decode) is None
