"""The machine's one place of work: one job at a time, told of beside it, and stopped on demand.

A job takes no time, except one whose prompt says `slow-run`: it goes on until its progress has been looked at
often enough, or somebody stops it.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from limner.sandbox.a1111.rules import Job

_SLOW: Final = "slow-run"
_STEPS: Final = 20


@dataclass(slots=True)
class Running:
    """The job that is being worked on."""

    task: str | None
    """What the caller calls it. Absent: it has no name."""
    job: Job
    looks: int = 0
    interrupted: bool = False
    skipped: bool = False


class Bench:
    """Where jobs are worked on."""

    def __init__(self, polls: int) -> None:
        """Set it up.

        Args:
            polls: how many looks a slow job lasts.
        """
        self._polls = polls
        self._free = asyncio.Lock()
        self._changed = asyncio.Event()
        self._running: Running | None = None
        self._waiting: set[str] = set()
        self._finished: set[str] = set()

    async def work(self, request: Request, job: Job) -> Running:
        """Wait for the turn of a job, and work on it.

        Args:
            request: whose it is; where its caller leaves, the work goes on without anybody looking.
            job: the work.
        """
        task = job.given.get("force_task_id")
        if task:
            self._waiting.add(task)
        async with self._free:
            self._waiting.discard(task or "")
            running = self._running = Running(task, job)
            try:
                if _SLOW in str(job.given.get("prompt", "")):
                    await self._until_looked_at(request, running)
            finally:
                self._running = None
                if task:
                    self._finished.add(task)
        return running

    async def _until_looked_at(self, request: Request, running: Running) -> None:
        gone = asyncio.ensure_future(_disconnected(request))
        try:
            while running.looks <= self._polls and not running.interrupted and not running.skipped:
                self._changed.clear()
                change = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait({change, gone}, return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
                if gone.done():
                    return
        finally:
            gone.cancel()

    def stop(self, *, skip: bool = False) -> None:
        """Stop what is being worked on, whosever it is."""
        if self._running is not None:
            self._running.interrupted = not skip
            self._running.skipped = skip
            self._changed.set()

    def look(self, now: str) -> tuple[Running | None, dict[str, Any]]:
        """What is being worked on, and how far it is; looking lets it advance.

        Args:
            now: the time, as the service writes it.
        """
        running = self._running
        state: dict[str, Any] = {
            "skipped": bool(running and running.skipped),
            "interrupted": bool(running and running.interrupted),
            "stopping_generation": False,
            "job": "" if running is None else f"scripts_{running.job.call}",
            "job_count": 0 if running is None else running.job.count,
            "job_timestamp": now if running else "0",
            "job_no": 0,
            "sampling_step": 0 if running is None else int(self.share(running) * _STEPS),
            "sampling_steps": 0 if running is None else _STEPS,
        }
        if running is not None:
            running.looks += 1
            self._changed.set()
        return running, state

    def share(self, running: Running) -> float:
        """How much of a job is done: 0 to 1."""
        return min(running.looks / (self._polls + 1), 1)

    def standing(self, task: str) -> tuple[bool, bool, bool]:
        """Whether a job is being worked on, waits, or is over."""
        active = self._running is not None and self._running.task == task
        return active, task in self._waiting, task in self._finished


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
