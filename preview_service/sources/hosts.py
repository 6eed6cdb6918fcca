"""The host of an address → the rows kept for it or for a domain it belongs to.

A row costs an address of another site nothing: the host's own labels are looked up, as a resolver
does (https://www.rfc-editor.org/rfc/rfc1034#section-3.1), and no row is tried that is not for one.
"""

from collections.abc import Iterable
from operator import itemgetter
from typing import Generic, TypeVar

Row = TypeVar("Row")


def split(url: str) -> tuple[str, str]:
    """The host of a serialised address, with its port if it has one, and all that follows it."""
    host, slash, rest = url.partition("://")[2].partition("/")
    return host.removesuffix("."), slash + rest


def without_port(host: str) -> str:
    """*host* alone; in brackets an IPv6 address has colons of its own."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


class ByHost(Generic[Row]):
    """Rows, each for a host in lower case and whatever is below it."""

    def __init__(self, rows: Iterable[tuple[str, Row]]) -> None:
        self._rows: dict[str, list[tuple[int, Row]]] = {}
        for number, (host, row) in enumerate(rows):
            self._rows.setdefault(host, []).append((number, row))

    def find(self, host: str) -> list[Row]:
        """The rows for *host*, in the order they were given in."""
        found: list[tuple[int, Row]] = []
        while host:
            if host in self._rows:
                found += self._rows[host]
            host = host.partition(".")[2]
        if not found:
            return []
        return [row for _, row in sorted(found, key=itemgetter(0))]
