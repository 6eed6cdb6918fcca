"""`GET /images/{token}`: a copy of a picture that this service found, for who has its address."""

from typing import Final

from aiohttp import web

from preview_service.api import problems
from preview_service.api.app_keys import IMAGES
from preview_service.errors import (
    BadAddress,
    BadToken,
    FetchFailed,
    NotAPicture,
    NotFound,
)
from preview_service.workers import WorkerFailed

# It never changes: another picture or another size has another address (RFC 8246).
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # Whatever is in it, it is nothing but a picture.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


async def get_image(request: web.Request) -> web.Response:
    token = request.match_info["token"]
    accept = request.headers.get("Accept", "")
    try:
        served = await request.app[IMAGES].serve(token, accept)
    except BadToken as error:
        raise BadAddress(f"the address is {error.reason}") from error
    except (FetchFailed, NotAPicture, WorkerFailed):
        served = None
    if served is None:
        gone = problems.response(NotFound("the picture is not to be had"))
        # The next one who asks may have it: the site was slow, or we were.
        gone.headers["Cache-Control"] = "no-store"
        return gone
    headers = {**_HEADERS, "ETag": served.etag}
    if served.is_negotiated:
        headers["Vary"] = "Accept"
    if served.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=served.data, headers=headers, content_type=served.media_type)
