"""Everything this service raises on purpose, as one tree.

    PreviewError
    ├── CallerError                the caller can mend it: an HTTP 4xx, exit status 2
    │   ├── BadRequest             bad_request: parameters unknown or of the wrong type, no HTTP
    │   ├── BadURL                 bad_url: no address that may be previewed, and why
    │   ├── UnknownChannel         unknown_channel
    │   ├── UnknownPartner         unknown_partner
    │   ├── UnknownWebhook         unknown_webhook
    │   ├── NotFound               not_found: no such route, or nothing there any more
    │   ├── BadAddress             bad_address: the address of a picture that we did not give out
    │   ├── MethodNotAllowed       method_not_allowed
    │   └── RequestTooLarge        request_too_large
    ├── FetchFailed                the target's doing: an answer's `reason`, never an HTTP error
    │   ├── Blocked                blocked_address | blocked_by_policy | side_effect_url
    │   ├── DNSFailed              dns
    │   ├── ConnectFailed          connect
    │   ├── TLSFailed              tls
    │   ├── TimedOut               timeout
    │   ├── BadStatus              http_status
    │   ├── TooManyRedirects       too_many_redirects
    │   ├── UnsupportedType        unsupported_type
    │   ├── UnsupportedEncoding    unsupported_encoding
    │   ├── Unreadable             unreadable
    │   └── Overloaded             overloaded: our doing, and over in a moment
    ├── NotAPicture                bytes that no card can show, and its `reason` in one word
    ├── BadToken                   a picture's address that is not ours, or not any more
    ├── NotModified                no failure: what is known of a page still holds
    ├── BadSettings                the service does not start; the message names the setting
    └── BadFixture                 an offline folder that does not follow its format

What goes wrong in a worker process is `workers.WorkerFailed`, behind a store it is
`cache.breaker.Unavailable`; no flow lets them out.

A message is written for the person who reads it and holds no bytes of the target: an error
text must not become a way to read an internal service (CWE-918).
"""

from collections.abc import Mapping
from typing import ClassVar


class PreviewError(Exception):
    """Base of the tree; `str(error)` is a sentence fit to be shown."""


class CallerError(PreviewError):
    """A request that cannot be served as it is; `code` is stable and documented."""

    code: ClassVar[str]


class BadRequest(CallerError):
    code = "bad_request"


class BadURL(CallerError):
    code = "bad_url"


class UnknownChannel(CallerError):
    code = "unknown_channel"


class UnknownPartner(CallerError):
    code = "unknown_partner"


class UnknownWebhook(CallerError):
    code = "unknown_webhook"


class NotFound(CallerError):
    code = "not_found"


class BadAddress(CallerError):
    code = "bad_address"


class MethodNotAllowed(CallerError):
    code = "method_not_allowed"


class RequestTooLarge(CallerError):
    code = "request_too_large"


class FetchFailed(PreviewError):
    """The target gave nothing to preview; `reason` is a value of `model.Reason`.

    `status` is the target's HTTP status, where it came to one, and `retry_after` the header in
    which it says when to come again.
    """

    reason: str

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Blocked(FetchFailed):
    """The guard refused an address or a URL."""

    reason = "blocked_address"


class BlockedByPolicy(Blocked):
    """The guard refused for the shape of the URL: a port, a scheme, a downgrade."""

    reason = "blocked_by_policy"


class SideEffect(BlockedByPolicy):
    """Asking for the URL may do something, or use it up."""

    reason = "side_effect_url"


class DNSFailed(FetchFailed):
    reason = "dns"


class NotRecorded(DNSFailed):
    """Offline, an address that no recording has: what nobody recorded is no fault of a page."""


class ConnectFailed(FetchFailed):
    reason = "connect"


class TLSFailed(FetchFailed):
    reason = "tls"


class TimedOut(FetchFailed):
    reason = "timeout"


class BadStatus(FetchFailed):
    reason = "http_status"


class TooManyRedirects(FetchFailed):
    reason = "too_many_redirects"


class UnsupportedType(FetchFailed):
    reason = "unsupported_type"


class UnsupportedEncoding(FetchFailed):
    reason = "unsupported_encoding"


class Unreadable(FetchFailed):
    reason = "unreadable"


class Overloaded(FetchFailed):
    """There was no room to ask: nothing is known of the target."""

    reason = "overloaded"


class NotAPicture(PreviewError):
    """Bytes that are no picture for a card; `reason` is a short code.

    `not_a_picture`, `unsupported_format`, `broken`, `late_header`, `too_many_pixels`, `too_large`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadToken(PreviewError):
    """A token that this service did not sign so; `reason`: malformed, forged, expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotModified(PreviewError):
    """The page is as it was when it was asked for before: status 304, with *headers* of its own.

    `headers` has lower-case names (https://www.rfc-editor.org/rfc/rfc9110#name-304-not-modified).
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__("the page has not changed")
        self.headers = headers


class BadSettings(PreviewError):
    """A setting that does not parse or contradicts another; the message names it."""


class BadFixture(PreviewError):
    """An `exchanges.json` that cannot be served; the message names the file."""
