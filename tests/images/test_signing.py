"""A token stands for one picture in one size, and nobody else can make or change one."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer as HmacSigner

from preview_service.errors import BadToken
from preview_service.images.signing import MAX_TOKEN, Signer, Ticket, content_id
from preview_service.images.spec import Spec

SECRET = "a secret of this test, and no other"
SPEC = Spec(("image/jpeg", "image/png"), 1024, 1024, 10_000_000, (9999, 9998))
PICTURE = content_id(b"a picture")
SIGNER = Signer(SECRET)
NOW = 1_800_000_000.0


def reason(token: str, *, now: float = NOW, signer: Signer = SIGNER) -> str:
    with pytest.raises(BadToken) as raised:
        signer.read(token, now=now)
    return raised.value.reason


@pytest.mark.parametrize("expires_at", [None, 1_800_000_001])
def test_a_token_is_read_as_it_was_signed(expires_at: int | None) -> None:
    token = SIGNER.sign(PICTURE, SPEC, expires_at=expires_at)
    assert SIGNER.read(token, now=NOW) == Ticket(content=PICTURE, spec=SPEC, expires_at=expires_at)


def test_a_token_needs_no_encoding_and_is_short() -> None:
    token = SIGNER.sign(PICTURE, SPEC, expires_at=99_999_999_999)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
    assert len(token) <= MAX_TOKEN


def test_the_same_picture_has_the_same_token() -> None:
    assert SIGNER.sign(PICTURE, SPEC) == Signer(SECRET).sign(PICTURE, SPEC)


def test_the_whole_signature_is_kept() -> None:
    signature = SIGNER.sign(PICTURE, SPEC).rpartition(".")[2]
    assert len(signature) * 6 >= 256


def test_a_token_does_not_say_where_the_picture_is_from() -> None:
    source = b"https://private.example/a/secret.jpg"
    token = SIGNER.sign(content_id(source), SPEC)
    assert "private" not in token
    assert content_id(source) != content_id(source + b"?")
    assert len(content_id(source)) * 6 >= 128


def test_every_change_of_one_character_is_seen() -> None:
    token = SIGNER.sign(PICTURE, SPEC, expires_at=NOW + 10)
    for at, old in enumerate(token):
        for new in {"A", "B", "0", "9", "1", ".", "-", "_", "=", "c", chr(ord(old) ^ 1)} - {old}:
            assert reason(token[:at] + new + token[at + 1 :]) in {"forged", "malformed"}


def test_no_shorter_or_longer_token_is_taken() -> None:
    token = SIGNER.sign(PICTURE, SPEC)
    for end in range(len(token)):
        assert reason(token[:end]) in {"forged", "malformed"}
    for more in ("=", "==", ".", "A", "\n", " ", "%00"):
        assert reason(token + more) == "forged"
        assert reason(more + token) == "forged"


def test_parts_of_tokens_do_not_make_another() -> None:
    small = Spec(("image/png",), 240, 240, 200_000)
    tokens = [SIGNER.sign(PICTURE, SPEC), SIGNER.sign(content_id(b"other"), small)]
    tokens += [SIGNER.sign(PICTURE, small, expires_at=NOW - 1)]
    for one, other in combinations([token.split(".") for token in tokens], 2):
        for at in range(min(len(one), len(other))):
            mixed = ".".join((*one[:at], other[at], *one[at + 1 :]))
            assert mixed in tokens or reason(mixed) == "forged"
    # Nor does it last longer for being cut out.
    content, text, _, signature = tokens[2].split(".")
    assert reason(f"{content}.{text}.{signature}") == "forged"


def test_a_token_may_expire() -> None:
    token = SIGNER.sign(PICTURE, SPEC, expires_at=NOW + 0.5)
    assert SIGNER.read(token, now=NOW).expires_at == NOW + 1
    assert reason(token, now=NOW + 1) == "expired"


def test_secrets_are_changed_without_losing_what_was_sent() -> None:
    before = SIGNER.sign(PICTURE, SPEC)
    both = Signer([SECRET, "a newer secret of this test"])
    only_new = Signer(["a newer secret of this test"])
    assert both.read(before, now=NOW) == SIGNER.read(before, now=NOW)
    after = both.sign(PICTURE, SPEC)
    assert after == only_new.sign(PICTURE, SPEC)
    assert reason(after) == reason(before, signer=only_new) == "forged"


def test_what_else_is_signed_with_the_secret_is_no_token() -> None:
    value = SIGNER.sign(PICTURE, SPEC).rpartition(".")[0]
    assert reason(HmacSigner(SECRET, sep=".").sign(value).decode()) == "forged"


@pytest.mark.parametrize("token", ["", ".", "...", "a" * MAX_TOKEN, "ü.b.c", "\ud800", "\0"])
def test_what_is_no_token(token: str) -> None:
    assert reason(token) in {"forged", "malformed"}


def test_no_more_is_looked_at_than_a_token_can_be() -> None:
    assert reason("a" * (MAX_TOKEN + 1)) == "malformed"
    assert reason("a" * 10_000_000) == "malformed"


@pytest.mark.parametrize(
    "value", ["a.b", f"{PICTURE}.p1x1b1", f"{PICTURE}.p240x240b200000.x", f"{PICTURE}"]
)
def test_what_another_version_signed_is_malformed(value: str) -> None:
    token = SIGNER._signer.sign(value).decode()
    assert reason(token) == "malformed"


@given(st.text(max_size=200))
def test_any_text_is_a_bad_token(text: str) -> None:
    assert reason(text) in {"forged", "malformed"}


@pytest.mark.parametrize("content", ["", "a", "a" * 23, "https://shop.example/a", "a.b" * 8])
def test_only_names_of_pictures_are_signed(content: str) -> None:
    with pytest.raises(ValueError, match="picture"):
        SIGNER.sign(content, SPEC)


@pytest.mark.parametrize("secrets", ["", [], "too short", [SECRET, "too short"], [""]])
def test_a_secret_must_be_one(secrets: str | list[str]) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Signer(secrets)
