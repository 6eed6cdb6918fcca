"""THE PROBLEM TABLE: error → HTTP status and title (RFC 9457, https://www.rfc-editor.org/rfc/rfc9457)."""

from typing import Final

import msgspec
from aiohttp import web

from preview_service.errors import (
    BadAddress,
    BadRequest,
    BadURL,
    CallerError,
    MethodNotAllowed,
    NotFound,
    RequestTooLarge,
    UnknownChannel,
    UnknownPartner,
    UnknownWebhook,
)

PROBLEMS: Final[dict[type[CallerError], tuple[int, str]]] = {
    BadRequest: (400, "The request does not follow the contract"),
    BadURL: (400, "The URL cannot be previewed"),
    UnknownChannel: (404, "No such channel"),
    UnknownPartner: (404, "No such partner"),
    BadAddress: (403, "The address was not given out by this service"),
    UnknownWebhook: (404, "No such webhook"),
    NotFound: (404, "No such resource"),
    MethodNotAllowed: (405, "The resource does not answer this method"),
    RequestTooLarge: (413, "The request is too large"),
}

CONTENT_TYPE: Final = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as callers see it; `code` is stable, `detail` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str


def response(error: CallerError) -> web.Response:
    """The answer to a caller's mistake."""
    status, title = PROBLEMS[type(error)]
    return _response(Problem(title=title, status=status, code=error.code, detail=str(error)))


def crash() -> web.Response:
    """The answer when the defect is ours; what went wrong is in the log, not here."""
    return _response(
        Problem(
            title="The service failed",
            status=500,
            code="internal_error",
            detail="the failure was logged under this request's id",
        )
    )


def _response(problem: Problem) -> web.Response:
    return web.Response(
        status=problem.status, body=msgspec.json.encode(problem), content_type=CONTENT_TYPE
    )
