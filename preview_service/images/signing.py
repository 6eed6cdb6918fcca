"""A picture's content and a spec ↔ the token that stands for them in an address, signed.

A token is `CONTENT.SPEC.SIGNATURE` or `CONTENT.SPEC.EXPIRY.SIGNATURE`, in characters that need no
encoding (https://www.rfc-editor.org/rfc/rfc3986#section-2.3); the signature is HMAC-SHA-256, whole
(https://itsdangerous.palletsprojects.com/en/stable/signer/).

Content goes by a hash of the picture's own bytes. So an address can be cached for ever, because
another picture has another one; a site cannot change what a message that was sent shows; and the
token tells nothing of where the picture is from, not even to who guesses the source's address.
"""

import hashlib
import math
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

import msgspec
from itsdangerous import BadSignature
from itsdangerous import Signer as HmacSigner
from itsdangerous.encoding import base64_decode, base64_encode

from preview_service.errors import BadToken
from preview_service.images.spec import MAX_TEXT, Spec

MIN_SECRET_BYTES = 16
MAX_TOKEN = 160
"""Characters of the longest token; no more of one is looked at."""

# Another use of the same secret must not sign our tokens; a new format gets a new number.
_SALT: Final = b"preview_service.images.1"
_ID_BYTES = 16
_SEPARATOR: Final = "."
_VALUE: Final = re.compile(
    rf"([A-Za-z0-9_-]{{22}})\.([a-z0-9-]{{1,{MAX_TEXT}}})(?:\.([1-9][0-9]{{0,10}}))?", re.ASCII
)


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for: a picture by its `content_id`, and the thumbnail of it.

    `expires_at` in seconds since 1970; None: never, as content and spec do not change.
    """

    content: str
    spec: Spec
    expires_at: int | None = None


def content_id(data: bytes) -> str:
    """The name of the picture that is *data*: 128 bits of its SHA-256, as 22 characters."""
    digest = hashlib.sha256(data).digest()[:_ID_BYTES]
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")


class Signer:
    """Makes and reads tokens. The newest of *secrets* is the last: it signs, all of them are read.

    Raise `ValueError` for no secret or one of less than 16 bytes.
    """

    def __init__(self, secrets: str | Sequence[str]) -> None:
        keys = [secrets] if isinstance(secrets, str) else list(secrets)
        if not keys or any(len(key.encode()) < MIN_SECRET_BYTES for key in keys):
            raise ValueError(f"a secret has at least {MIN_SECRET_BYTES} bytes")
        self._signer = HmacSigner(
            keys, salt=_SALT, sep=_SEPARATOR, key_derivation="hmac", digest_method=hashlib.sha256
        )

    def sign(self, content: str, spec: Spec, *, expires_at: float | None = None) -> str:
        """The token for *spec* of the picture named *content* (`content_id`).

        The same arguments give the same token, so caches keep one copy. For pictures that shall
        not be had for ever, round *expires_at* up (to a day, say), or every message has its own.
        """
        parts = [content, spec.text]
        if expires_at is not None:
            parts.append(str(math.ceil(expires_at)))
        value = _SEPARATOR.join(parts)
        if _VALUE.fullmatch(value) is None:
            raise ValueError("not the name of a picture, or no time")
        return self._signer.sign(value).decode("ascii")

    def read(self, token: str, *, now: float) -> Ticket:
        """What *token* stands for at *now*, in seconds since 1970; raise `BadToken`.

        Its reason is `malformed` for what cannot be a token, `forged` for what we did not sign in
        just these characters, `expired` for what we did.
        """
        if len(token) > MAX_TOKEN or not token.isascii():
            raise BadToken("malformed")
        try:
            value = self._signer.unsign(token).decode("ascii")
        except BadSignature as error:
            raise BadToken("forged") from error
        # Base64 has several ways to write the last bits; one picture has one address.
        signature = token.rpartition(_SEPARATOR)[2].encode("ascii")
        if base64_encode(base64_decode(signature)) != signature:
            raise BadToken("forged")
        return _ticket(value, now)


def _ticket(value: str, now: float) -> Ticket:
    found = _VALUE.fullmatch(value)
    if found is None:
        raise BadToken("malformed")
    content, text, expiry = found.groups()
    expires_at = int(expiry) if expiry else None
    if expires_at is not None and now >= expires_at:
        raise BadToken("expired")
    try:
        spec = Spec.of_text(text)
    except ValueError as error:
        # Signed by a version with other bounds.
        raise BadToken("malformed") from error
    return Ticket(content=content, spec=spec, expires_at=expires_at)
