"""Finding the links of a message beside `re.findall(r"https?://\\S+", text)` on the same text.

    python benchmarks/links.py [--rounds N] [CASE ...]

Each case has 2,000 characters, as a message, and 100,000 of the same. `growth` is how much longer
the long text takes, for each character, than the short one: about 1 where no text is read twice.
The best of the rounds; no link has been seen before.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable
from math import isqrt

from preview_service.urls import normalize
from preview_service.urls.find import find_links

MESSAGE = 2000
LONG = 100_000
PROSE = "see (this) ok, what's up? @bob #tag 12:30 e.g. naïve 東京 https example.com file.txt :) "

CASES: dict[str, Callable[[int], str]] = {
    "prose": lambda size: full(PROSE, size),
    "prose with a link each 400": lambda size: full(
        PROSE * 4 + "https://news.example/a/1f3c?x=1&y=(2). ", size
    ),
    "links": lambda size: " ".join(
        f"http://a{number}.example/" for number in range(size // 20 + 1)
    )[:size],
    "one endless host": lambda size: full("a", size, "http://"),
    "one endless path": lambda size: full("a", size, "http://a.example/"),
    "labels": lambda size: full("a.", size, "http://"),
    "schemes": lambda size: full("http://", size),
    "schemes with a name": lambda size: full("http://a", size),
    "schemes as values": lambda size: full("http://a/", size),
    "scripts mixed in a host": lambda size: full("aあ", size, "http://"),
    "scripts mixed in hosts": lambda size: full("http://aあ", size),
    "scripts mixed in a path": lambda size: full("/あ", size, "http://a.example"),
    "names before an @": lambda size: full("http://a:b@", size),
    "opening brackets": lambda size: full("(", size, "http://a.example/"),
    "brackets in pairs": lambda size: full("()", size, "http://a.example/"),
    "full stops": lambda size: full(".", size, "http://a.example/"),
    "references": lambda size: full("&amp;", size, "http://a.example/"),
    "underscores": lambda size: full("_ http://a.example/_", size),
    "less-than signs": lambda size: full("<http://a|", size),
    "a Slack link without an end": lambda size: full("<http://a.example/|", size, "<http://a|"),
    "joiners": lambda size: full("ا\u200c", size, "http://a.example/"),
    "backticks": lambda size: full("`", size, "http://a.example/ "),
    "backticks of every length": lambda size: full(
        " ".join("`" * length for length in range(1, isqrt(2 * size))), size, "http://a.example/ "
    ),
    "spans across blank lines": lambda size: full("`a\n\n", size, "http://a.example/ "),
    "tildes": lambda size: full("~~~ a\n", size, "http://a.example/ "),
}


def full(piece: str, size: int, opening: str = "") -> str:
    return (opening + piece * (size // len(piece) + 1))[:size]


def best(work: Callable[[str], object], text: str, rounds: int) -> float:
    """Milliseconds."""
    spent = []
    for _ in range(rounds):
        normalize._normalize.cache_clear()
        began = time.perf_counter()
        work(text)
        spent.append(time.perf_counter() - began)
    return min(spent) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all, if none is named")
    given = parser.parse_args()
    floor = re.compile(r"https?://\S+").findall
    print(f"{'':30}{'2 KB ms':>9} {'ratio':>7}   {'100 KB ms':>9} {'ratio':>7} {'growth':>7}")
    worst = [0.0, 0.0]
    for name in given.cases or CASES:
        short, long = CASES[name](MESSAGE), CASES[name](LONG)
        ours = [best(find_links, text, given.rounds) for text in (short, long)]
        theirs = [best(floor, text, given.rounds) for text in (short, long)]
        growth = ours[1] / ours[0] * len(short) / len(long)
        worst = [max(worst[0], ours[0]), max(worst[1], growth)]
        print(
            f"{name:30}{ours[0]:9.3f} {ours[0] / theirs[0]:7.0f}   "
            f"{ours[1]:9.2f} {ours[1] / theirs[1]:7.0f} {growth:7.2f}"
        )
    print(f"slowest message {worst[0]:.2f} ms, fastest growth {worst[1]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
