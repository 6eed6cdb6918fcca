import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.cache import sealed
from preview_service.cache.sealed import HEAD_BYTES, seal, unseal


@given(st.text(st.characters(codec="utf-8")), st.binary())
def test_what_was_sealed_is_unsealed(key: str, value: bytes) -> None:
    assert unseal(key, seal(key, value)) == value
    assert len(seal(key, value)) == len(value) + HEAD_BYTES


@given(st.binary(min_size=1), st.integers(min_value=0), st.integers(0, 7))
def test_no_flipped_bit_goes_unseen(value: bytes, place: int, bit: int) -> None:
    whole = bytearray(seal("key", value))
    whole[place % len(whole)] ^= 1 << bit
    assert unseal("key", bytes(whole)) is None


@given(st.binary())
def test_bytes_of_others_are_nothing(found: bytes) -> None:
    assert unseal("key", found) is None


@pytest.mark.parametrize("found", [None, 1, "text", [b"x"], True])
def test_no_bytes_are_nothing(found: object) -> None:
    assert unseal("key", found) is None


def test_it_belongs_to_its_key() -> None:
    assert unseal("thine", seal("mine", b"value")) is None


def test_another_version_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = seal("key", b"value")
    monkeypatch.setattr(sealed, "VERSION", sealed.VERSION + 1)
    assert unseal("key", kept) is None
