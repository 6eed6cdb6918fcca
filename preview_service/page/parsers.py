"""lxml parsers to borrow and give back, on threads that end before they remember too much.

libxml2 keeps each element and attribute name for as long as the thread lives that read it
(https://lxml.de/FAQ.html#threading): pages of invented names would fill the memory. The thread of
the event loop reads the first names; once they are too many, reading goes on in another thread,
which is replaced in its turn. Its caller waits for it: beside a busy thread a parser would take a
hundred times as long, for the interpreter's lock changes hands at every tag.
"""

import contextlib
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lxml import etree

from preview_service.page.tags import Names, Tags

MAX_NAME_BYTES = 16 * 1024 * 1024
"""What a thread may remember; 500 real pages bring it 0.3 MB of names."""

MAX_IDLE = 64

T = TypeVar("T")


class Parser:
    """An lxml parser and its target, bound to the thread that made it."""

    def __init__(self, home: "Home") -> None:
        self.tags = Tags(home.names)
        self._home = home
        self._lxml: Any = home.run(_new, self.tags)

    def feed(self, piece: bytes) -> None:
        self._home.run(self._lxml.feed, piece)

    def close(self) -> None:
        """End the document, whatever it was; the parser may then read another."""
        self._home.run(_close, self._lxml)

    def give_back(self) -> None:
        self._home.take_back(self)


class Home:
    """A thread's parsers, idle until borrowed, and the names it has read with them."""

    def __init__(self, thread: ThreadPoolExecutor | None = None) -> None:
        self.names = Names()
        self._thread = thread
        # To make a parser takes lxml as long as to read 30 tags.
        self.idle: list[Parser] = []
        self._is_retired = False

    def run(self, do: Callable[..., T], *given: object) -> T:
        return do(*given) if self._thread is None else self._thread.submit(do, *given).result()

    def borrow(self) -> Parser:
        return self.idle.pop() if self.idle else Parser(self)

    def take_back(self, parser: Parser) -> None:
        if len(self.idle) < MAX_IDLE and not self._is_retired:
            self.idle.append(parser)

    def retire(self) -> None:
        """Lend no more: the thread ends with the last parser that is still out."""
        self._is_retired = True
        self.idle.clear()


class Parsers:
    """Where to borrow a parser."""

    def __init__(self, max_name_bytes: int = MAX_NAME_BYTES) -> None:
        self._max_name_bytes = max_name_bytes
        self.home = Home()

    def borrow(self) -> Parser:
        if self.home.names.bytes > self._max_name_bytes:
            self.home.retire()
            # lxml's parsers are cycles, and few objects for their size: left to itself the
            # collector lets several threads' names pile up.
            gc.collect()
            self.home = Home(ThreadPoolExecutor(1, thread_name_prefix="parser"))
        return self.home.borrow()


def _new(tags: Tags) -> Any:
    return etree.HTMLParser(target=tags, encoding="utf-8")


def _close(parser: Any) -> None:
    # "No element found": an empty document.
    with contextlib.suppress(etree.XMLSyntaxError):
        parser.close()
