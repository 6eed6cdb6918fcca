"""What is known of a page → the request headers that ask whether it has changed; pure.

https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests. Validators go back as they came,
weak or strong: a server compares its own (§13.1.2 weakly, which is all that a preview needs).
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

IF_NONE_MATCH: Final = "If-None-Match"
IF_MODIFIED_SINCE: Final = "If-Modified-Since"
_VALIDATORS: Final = ((IF_NONE_MATCH, "etag"), (IF_MODIFIED_SINCE, "last-modified"))

# Visible ASCII: what goes back as a header can be no second one.
_SENDABLE: Final = re.compile(r"[\x20-\x7e]{1,512}")


def conditions(known: Mapping[str, str]) -> dict[str, str]:
    """The headers that ask whether a page has changed since it came with the headers *known*."""
    return {
        name: known[validator]
        for name, validator in _VALIDATORS
        if _SENDABLE.fullmatch(known.get(validator, ""))
    }


def is_about(answered: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Whether an answer 304 with the headers *answered* means the page with the headers *known*.

    One that names another tag means a page that we have not
    (https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4).
    """
    return "etag" not in answered or _weak(answered["etag"]) == _weak(known.get("etag", ""))


def holds(asked: Mapping[str, str], page: Mapping[str, str]) -> bool:
    """Whether a server answers 304 to the headers *asked*, its page having the headers *page*.

    https://www.rfc-editor.org/rfc/rfc9110#name-precedence-of-preconditions
    """
    if IF_NONE_MATCH in asked:
        return "etag" in page and _weak(asked[IF_NONE_MATCH]) == _weak(page["etag"])
    if IF_MODIFIED_SINCE not in asked or "last-modified" not in page:
        return False
    try:
        since, changed = map(
            parsedate_to_datetime, (asked[IF_MODIFIED_SINCE], page["last-modified"])
        )
        return changed <= since
    except (ValueError, TypeError, IndexError, OverflowError):
        return False


def _weak(tag: str) -> str:
    return tag.strip().removeprefix("W/")
