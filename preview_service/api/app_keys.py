"""Typed keys for the parts a handler may use."""

import asyncio
from typing import Final

from aiohttp import web

from preview_service.api.answers import AnswerCache
from preview_service.api.shelf import Shelf
from preview_service.cache.purge import Purger
from preview_service.channels.partners import Partners
from preview_service.image_proxy import ImageProxy
from preview_service.notifier import Notifier
from preview_service.previewer import Previewer
from preview_service.upgrader import Upgrader
from preview_service.warmer import Warmer

PREVIEWER: Final = web.AppKey("PREVIEWER", Previewer)
IMAGES: Final = web.AppKey("IMAGES", ImageProxy)
UPGRADER: Final = web.AppKey("UPGRADER", Upgrader)
NOTIFIER: Final = web.AppKey("NOTIFIER", Notifier)
ANSWERS: Final = web.AppKey("ANSWERS", AnswerCache)
PURGER: Final = web.AppKey("PURGER", Purger)
SHELF: Final[web.AppKey[Shelf | None]] = web.AppKey("SHELF")
WARMER: Final = web.AppKey("WARMER", Warmer)
PARTNERS: Final = web.AppKey("PARTNERS", Partners)
WAIT_MS: Final = web.AppKey("WAIT_MS", int)
DRAINING: Final = web.AppKey("DRAINING", asyncio.Event)
