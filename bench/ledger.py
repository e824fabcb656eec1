"""What it costs to write down every cent: `make bench ARGS=ledger`.

    reserve + settle    one after the other, and 32 side by side, against one user's budget: how many a
                        second, and how long the slowest hundredth takes
    a run               the same picture of the embedded painter in memory and through the journal, and how
                        often that waits for the disk (counted with `strace`, where it is installed)

On SQLite in a folder and on the PostgreSQL that the tests use, both with everything on the disk before a call
returns.
"""

import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from limner.assembly import assemble
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.requests import Request
from limner.ledger.entries import Budget, Period, Spend
from limner.ledger.sql.book import reserve, settle
from limner.ledger.sql.budgets import set_budget
from limner.settings import Settings
from limner.storage.database import Database
from tests.ledger.samples import charged, spend
from tests.support.databases import database
from tests.support.spender import opened

ROUNDS, CROWD, RUNS = 300, 32, 60
OWNER = "user:bench"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SYNCS = "fsync,fdatasync,sync_file_range,msync"


async def once(db: Database) -> None:
    """Reserve a cent, and settle it."""
    asked: Spend = spend("0.01", owners=(OWNER,))
    await db.write(lambda connection: reserve(connection, asked))
    await db.write(lambda connection: settle(connection, asked.run, (charged("0.01"),)))


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """How many milliseconds it takes."""
    start = time.perf_counter()
    await work()
    return (time.perf_counter() - start) * 1000


async def reservations(url: str, abreast: int) -> tuple[float, list[float]]:
    """How many a second, and the milliseconds of each."""
    db = opened(url)
    await db.write(lambda one: set_budget(one, Budget(OWNER, Period.TOTAL, usd=Decimal(10_000)), NOW))
    await once(db)
    taken: list[float] = []

    async def worker() -> None:
        for _ in range(ROUNDS // abreast):
            start = time.perf_counter()
            await once(db)
            taken.append((time.perf_counter() - start) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(abreast)))
    seconds = time.perf_counter() - begun
    await db.aclose()
    return len(taken) / seconds, taken


async def paint(store: str | None, runs: int, blobs: str | None = None) -> list[float]:
    """Milliseconds of each run, after one to warm up."""
    async with assemble(Settings(environ={}, store=store, blobs=blobs)) as limner:

        async def run(number: int) -> None:
            request = Request(
                Operation.GENERATE,
                prompt="HR",
                model="limner/icon",
                size=Size(64, 64),
                seed=number,
            )
            await limner.engine.run(request)

        await run(0)
        return [await timed(lambda number=number: run(number)) for number in range(1, runs + 1)]


def syncs(store: str) -> float | None:
    """How often a run waits for the disk. `None`: nothing here can count that."""
    if shutil.which("strace") is None or not store.startswith("sqlite"):
        return None
    counted = [_counted(store, runs) for runs in (1, RUNS + 1)]
    return (counted[1] - counted[0]) / RUNS


def _counted(store: str, runs: int) -> int:
    with tempfile.NamedTemporaryFile("r") as trace:
        watched = ["strace", "-f", "-qq", "-e", f"trace={SYNCS}", "-o", trace.name]
        command = [sys.executable, "-m", "bench.ledger", "--paint", store, str(runs)]
        subprocess.run([*watched, *command], check=True)
        return sum("sync" in line and "resumed" not in line for line in trace)


def p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[-1]


def main() -> None:
    """Print the figures."""
    print("| what | store | a second | median ms | p99 ms |\n| --- | --- | ---: | ---: | ---: |")
    memory = asyncio.run(paint(None, RUNS))
    lines = [f"| a run | memory | | {statistics.median(memory):.2f} | {p99(memory):.2f} |"]
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, database(kind, Path(folder)) as url:
            for abreast in (1, CROWD):
                rate, taken = asyncio.run(reservations(url, abreast))
                told = f"{rate:.0f} | {statistics.median(taken):.2f} | {p99(taken):.2f}"
                print(f"| reserve + settle, {abreast} abreast | {kind} | {told} |", flush=True)
            ran, waits = asyncio.run(paint(url, RUNS, folder)), syncs(url)
            often = "" if waits is None else f" ({waits:.1f} waits for the disk)"
            median = statistics.median(ran)
            lines.append(f"| a run{often} | {kind} | | {median:.2f} | {p99(ran):.2f} |")
    print("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--paint"]:
        asyncio.run(paint(sys.argv[2], int(sys.argv[3])))
    else:
        main()
