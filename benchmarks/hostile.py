"""Reading HTML made to be slow, from bytes to merged claims, beside a bare `lxml.etree.HTML(page)`.

    python benchmarks/hostile.py [--rounds N] [--patience S] [CASE ...]

Wall time, the best of the rounds; lxml has a process for each page, and seconds of patience. Where
it takes no time it has given up at the depth of the tree.
"""

import argparse
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable

from preview_service.extractor import CHUNK_BYTES, declared
from preview_service.page.response import ResponseReader

MIB = 2**20
JSON_LD = b"<script type='application/ld+json'>"


def full(piece: bytes, opening: bytes = b"", size: int = MIB) -> bytes:
    return (opening + piece * (size // len(piece) + 1))[:size]


def packed(name: bytes, attribute: bytes, size: int) -> bytes:
    """A mebibyte of tags of *size* bytes, full of one attribute."""
    return full(b"<%b %b>" % (name, full(attribute, size=size)))


CASES: dict[str, Callable[[], bytes]] = {
    "120,000 attributes in a tag": lambda: (
        b"<meta " + b" ".join(b"a%d=1" % number for number in range(120_000)) + b">"
    ),
    "1 MB of '<a '": lambda: full(b"<a "),
    "300,000 open tags": lambda: b"<b>" * 300_000,
    "nested templates": lambda: full(b"<template>"),
    "10 MB of JSON-LD": lambda: full(
        b'{"@type": "Article", "name": "a"},', JSON_LD + b"[", 10 * MIB
    ),
    "JSON 100,000 deep": lambda: JSON_LD + b"[" * 100_000 + b"</script>",
    "JSON 25,000 objects deep": lambda: JSON_LD + b'{"a":' * 25_000 + b"}" * 900 + b"</script>",
    "stray end tags": lambda: full(b"<b></p>"),
    "less-than signs": lambda: full(b"<", b"<body>"),
    "attributes, tags of 256 KB": lambda: packed(b"meta", b"a ", 262_000),
    "attributes, tags of 3 KB": lambda: packed(b"meta", b"a ", 3000),
    "attributes, tags of 100 B": lambda: packed(b"input", b"a ", 100),
    "slashes, tags of 256 KB": lambda: packed(b"meta", b"/", 262_000),
    "'=', tags of 256 KB": lambda: packed(b"p", b"=", 262_000),
    "terms of a property": lambda: (
        b"<meta property='%b' content=a>" % full(b"a ", size=250_000) * 4
    ),
    "metas": lambda: full(b'<meta name="a" content="b">'),
    "drawings": lambda: full(b"<svg>", b"<body>"),
    "titles": lambda: full(b"<title></title>"),
    "scripts in capitals": lambda: full(b"<SCRIPT></SCRIPT>"),
    "scripts with comments": lambda: full(b"<script><!--</script>"),
    "a script of comments": lambda: full(b"<!-->", b"<script>"),
    "comments": lambda: full(b"<!-- -->"),
    "a comment of scripts": lambda: full(b"<script a='", b"<body><!--"),
    "a comment of hyphens": lambda: full(b"-", b"<!--"),
    "references": lambda: full(b"<meta name=a content='" + b"&#65;" * 3000 + b"'>"),
    "references in a title": lambda: full(
        b"<title>" + b"&#65;" * 3000 + b"</title>", b"<svg></svg>"
    ),
    "references without an end": lambda: full(b"&#1", b"<meta name=a content='"),
}

PEER = """
import sys, time
from lxml import etree
def kib(field):
    status = open("/proc/self/status").read()
    return int(status.partition(field + ":")[2].split()[0])
page = sys.stdin.buffer.read()
before = kib("VmRSS")
began = time.perf_counter()
etree.HTML(page)
spent = time.perf_counter() - began
print(spent * 1000, (kib("VmHWM") - before) / 1024)
"""


def read(page: bytes) -> tuple[float, float]:
    """Milliseconds to read *page* as it would arrive, and of the longest single call for it."""
    reader = ResponseReader()
    reader.begin("https://hostile.example/", 200, {"content-type": "text/html; charset=utf-8"})
    blocks = []
    for start in range(0, len(page), CHUNK_BYTES):
        began = time.perf_counter()
        is_enough = reader.feed(page[start : start + CHUNK_BYTES])
        blocks.append(time.perf_counter() - began)
        if is_enough:
            break
    began = time.perf_counter()
    found = reader.close()
    blocks.append(time.perf_counter() - began)
    began = time.perf_counter()
    declared(found)
    blocks.append(time.perf_counter() - began)
    return sum(blocks) * 1000, max(blocks) * 1000


def peak_mib(page: bytes) -> float:
    """What reading *page* holds at most of Python's memory."""
    tracemalloc.start()
    read(page)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / MIB


def peer(page: bytes, patience: float) -> str:
    """Milliseconds and mebibytes that lxml takes, or that it was given up."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PEER],
            input=page,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{f'> {patience:.0f} s':>9}"
    if done.returncode:
        return f"{'crashed':>9}"
    spent, memory = map(float, done.stdout.split())
    return f"{spent:9.1f} {memory:8.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds for lxml, each page")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all, if none is named")
    given = parser.parse_args()
    print(f"{'':30}{'ours ms':>9} {'longest':>8} {'MiB':>6}   {'lxml ms':>9} {'MiB':>8}")
    slowest = (0.0, "")
    for name in given.cases or CASES:
        page = CASES[name]()
        spent, longest = map(min, zip(*(read(page) for _ in range(given.rounds)), strict=True))
        slowest = max(slowest, (spent, name))
        memory, theirs = peak_mib(page), peer(page, given.patience)
        print(f"{name:30}{spent:9.1f} {longest:8.1f} {memory:6.1f}   {theirs}")
    print(f"slowest {slowest[0]:.1f} ms ({slowest[1]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
