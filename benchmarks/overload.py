"""A flood of slow origins: cached answers beside it against cached answers without it.

The service has one core; the origins, each an address of its own in 127.0.0.0/8, and the load share
the other. Rounds are paired and their order alternates. Before that: how far from the deadline an
origin that trickles a byte a second is answered, and what the flood itself is answered.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
import urllib.parse
from typing import Final

import load
import msgspec
from serve import server

HOST: Final = "127.0.0.1"
FAST: Final = HOST
SLOW: Final = "127.1.{}.{}"
TRICKLE: Final = "127.2.0.{}"
WAIT_MS: Final = 1000

ORIGINS: Final = """
import asyncio
import os
import resource

os.nice(19)
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\n<!doctype html>"

async def answer(reader, writer):
    try:
        await reader.readuntil(b"\\r\\n\\r\\n")
        host = writer.get_extra_info("sockname")[0]
        if host.startswith("127.1."):
            await asyncio.sleep(60)
        writer.write(HEAD)
        while host.startswith("127.2."):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(1)
        writer.write(b"<title>Shoe</title><meta property=og:image content=/a.png>")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()

async def main():
    # Bound to loopback alone: one socket takes what comes for any of its addresses.
    first = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = first.sockets[0].getsockname()[1]
    hosts = [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(MOST)]
    hosts += [f"127.2.0.{n + 1}" for n in range(50)]
    for host in hosts:
        await asyncio.start_server(answer, host, port)
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Answered(msgspec.Struct):
    """One answer: what it says, and after how many milliseconds."""

    status: str
    reason: str | None = None
    ms: float = 0.0


def path(url: str, **parameters: object) -> str:
    return f"/preview?{urllib.parse.urlencode({'url': url, **parameters})}"


async def ask(port: int, target: str) -> Answered:
    """Ask the service once, over a connection of its own."""
    reader, writer = await asyncio.open_connection(HOST, port)
    started = time.perf_counter()
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200"), head
    answered = msgspec.json.decode(body, type=Answered)
    answered.ms = (time.perf_counter() - started) * 1000
    return answered


async def flood(port: int, origin: int, number: int, round_: int) -> list[Answered]:
    """Ask for that many distinct slow origins at once; in no round, for one that is cached."""
    hosts = (SLOW.format(n // 250, n % 250 + 1) for n in range(number))
    targets = (
        path(f"http://{host}:{origin}/{round_}" if round_ else f"http://{FAST}:{origin}/")
        + f"&wait_ms={WAIT_MS}"
        for host in hosts
    )
    return await asyncio.gather(*(ask(port, target) for target in targets))


async def trickle(port: int, origin: int) -> list[Answered]:
    targets = (
        path(f"http://{TRICKLE.format(n + 1)}:{origin}/", wait_ms=WAIT_MS) for n in range(50)
    )
    return await asyncio.gather(*(ask(port, target) for target in targets))


def hot(port: int, origin: int, options: argparse.Namespace) -> tuple[float, float]:
    """Requests per second and p99 in milliseconds of a cached answer."""
    times = load.run(
        HOST,
        port,
        path(f"http://{FAST}:{origin}/"),
        connections=options.connections,
        seconds=options.seconds,
    )
    return len(times) / options.seconds, statistics.quantiles(times, n=100)[98] * 1000


def flooding(port: int, origin: int, round_: int, options: argparse.Namespace) -> list[str]:
    """The command that floods from a process of its own."""
    given = [str(port), str(origin), str(round_)]
    return [sys.executable, __file__, "--flood", *given, "--origins", str(options.origins)]


def alone(port: int, origin: int, options: argparse.Namespace) -> None:
    """What the flood itself is answered, while nobody else asks; beside one for a cached link."""
    for round_ in (0, 0, 1):  # the first warms up
        told = subprocess.check_output(flooding(port, origin, round_, options))
        for (status, reason), times in told_apart(msgspec.json.decode(told, type=list[Answered])):
            print(
                f"of {options.origins} at once {len(times)} were answered {status}, {reason}: "
                f"p50 {statistics.median(times):.0f}, max {max(times):.0f} ms"
            )


def beside(port: int, origin: int, options: argparse.Namespace) -> None:
    """Cached answers beside a flood against those without one."""
    ratios = []
    for number in range(options.rounds + 1):
        seen = {}
        for is_flooded in (True, False) if number % 2 else (False, True):
            command = flooding(port, origin, number + 2, options)
            flood = subprocess.Popen(command, stdout=subprocess.DEVNULL) if is_flooded else None
            seen[is_flooded] = hot(port, origin, options)
            if flood is not None:
                flood.wait(60)
                time.sleep(options.pause)  # until the origins' turns have run out
        if number == 0:
            continue  # warms both up
        (with_rate, with_p99), (rate, p99) = seen[True], seen[False]
        ratios.append(with_p99 / p99)
        print(
            f"round {number}: beside the flood {with_rate:6.0f}/s, p99 {with_p99:5.1f} ms; "
            f"without {rate:6.0f}/s, p99 {p99:5.1f} ms; ratio {with_p99 / p99:.2f}"
        )
    print(
        f"p99 of cached answers beside {options.origins} slow origins, of that without: "
        f"min {min(ratios):.2f}, median {statistics.median(ratios):.2f}, max {max(ratios):.2f}"
    )


def told_apart(
    answered: list[Answered],
) -> list[tuple[tuple[str, str | None], list[float]]]:
    """The milliseconds of each kind of answer."""
    kinds: dict[tuple[str, str | None], list[float]] = {}
    for each in answered:
        kinds.setdefault((each.status, each.reason), []).append(each.ms)
    return sorted(kinds.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--origins", type=int, default=1000)
    parser.add_argument("--pause", type=float, default=9.0)
    parser.add_argument("--flood", type=int, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.flood:
        # What measures the cached answers shares the core, and must not wait for this.
        os.nice(19)
        port, origin, round_ = options.flood
        answered = asyncio.run(flood(port, origin, options.origins, round_))
        sys.stdout.buffer.write(msgspec.json.encode(answered))
        return
    *_, server_core, load_core = [0, *sorted(os.sched_getaffinity(0))]
    os.sched_setaffinity(0, {load_core})
    with server(["-c", ORIGINS.replace("MOST", str(options.origins))], load_core) as (origin, _):
        os.environ |= {
            "PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8",
            "PREVIEW_ALLOW_PORTS": str(origin),
        }
        with server(["-m", "preview_service", "serve", "--port", "0"], server_core) as (port, _):
            late = [each.ms - WAIT_MS for each in asyncio.run(trickle(port, origin))]
            print(
                f"origins that trickle a byte a second, from the deadline of {WAIT_MS} ms: min "
                f"{min(late):+.0f}, median {statistics.median(late):+.0f}, max {max(late):+.0f} ms"
            )
            time.sleep(options.pause)
            alone(port, origin, options)
            time.sleep(options.pause)
            beside(port, origin, options)


if __name__ == "__main__":
    main()
