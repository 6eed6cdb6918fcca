"""Process start to first answer, and resident memory after it, beside a bare aiohttp server."""

import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
PREVIEW = "/preview?url=https://shop.example/p/42&channel=enhanced_whatsapp"
OURS = ["-m", "preview_service", "serve", "--port", "0", "--offline", "fixtures/pages"]
BARE = """
import asyncio
from aiohttp import web

async def main():
    app = web.Application()
    app.router.add_get("/", lambda request: web.Response(text="ok"))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def once(command: list[str], path: str) -> tuple[float, float]:
    """Seconds to the first answer and MiB resident then."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    try:
        address = process.stdout.readline().decode().split()[-1]
        with urllib.request.urlopen(address + path) as response:  # noqa: S310
            assert response.status == 200
            response.read()
        seconds = time.perf_counter() - started
        status = Path(f"/proc/{process.pid}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return seconds, int(kib) / 1024
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    for name, command, path in (
        ("preview-service", OURS, PREVIEW),
        ("bare aiohttp", ["-c", BARE], "/"),
    ):
        rounds = [once(command, path) for _ in range(9)]
        seconds, mib = zip(*rounds, strict=True)
        print(
            f"{name}: first answer after min {min(seconds):.2f}, median "
            f"{statistics.median(seconds):.2f}, max {max(seconds):.2f} s; "
            f"{statistics.median(mib):.0f} MiB resident"
        )


if __name__ == "__main__":
    main()
