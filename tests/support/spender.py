"""Processes that all reserve at once, against the same budget.

Started once with everything imported, it forks several for each line: a plan says which database, how many
processes, threads and tasks. It answers with how many reservations passed and how many were refused.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from limner.core.errors import Refused
from limner.ledger.sql.book import reserve
from limner.storage.database import Database
from limner.storage.postgres import PostgresDatabase
from limner.storage.sqlite import SqliteDatabase
from tests.ledger.samples import spend


def opened(url: str) -> Database:
    if url.startswith("sqlite"):
        return SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    return PostgresDatabase(url, connections=2)


async def one(database: Database, owner: str) -> str:
    try:
        await database.write(lambda db: reserve(db, spend("0.01", owners=(owner,))))
    except Refused:
        return "refused"
    return "passed"


async def spend_all(url: str, owner: str, tasks: int) -> Counter[str]:
    database = opened(url)
    ended = await asyncio.gather(*(one(database, owner) for _ in range(tasks)))
    await database.aclose()
    return Counter(ended)


def in_threads(plan: dict[str, Any]) -> Counter[str]:
    """Each thread has its own loop and its own connections."""

    def thread(_: int) -> Counter[str]:
        return asyncio.run(spend_all(plan["url"], plan["owner"], plan["tasks"]))

    with ThreadPoolExecutor(plan["threads"]) as pool:
        return sum(pool.map(thread, range(plan["threads"])), Counter[str]())


def in_processes(plan: dict[str, Any]) -> Counter[str]:
    """Fork them all, then add up what they say."""
    pipes: list[tuple[int, int]] = []
    for _ in range(plan["processes"]):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(writing, json.dumps(in_threads(plan)).encode())
            os._exit(0)
        os.close(writing)
        pipes.append((pid, reading))
    total: Counter[str] = Counter()
    for pid, reading in pipes:
        with os.fdopen(reading) as said:
            total += Counter(json.loads(said.read() or "{}"))
        os.waitpid(pid, 0)
    return total


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_processes(json.loads(line))) + "\n")
        sys.stdout.flush()
