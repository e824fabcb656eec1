"""Predictions: taken on, looked at, cancelled, forgotten after an hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request

from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk
from limner.sandbox.ids import hex_id
from limner.sandbox.pictures import picture
from limner.sandbox.replicate.models import Model, price
from limner.sandbox.replicate.rules import Failed, Job
from limner.sandbox.replicate.shapes import stamp
from limner.sandbox.shelf import Shelf
from limner.sandbox.tasks import Stage, Task, Tasks

_KEPT: Final = timedelta(hours=1)
_SECONDS: Final = 1.2  # of a run: the emulator's own
_LETTERS: Final = 26
_RUNNING: Final = {Stage.QUEUED: "starting", Stage.RUNNING: "processing"}


@dataclass(slots=True)
class Run:
    """One prediction's work."""

    model: Model
    given: Mapping[str, Any]
    outcome: Job | Failed
    seed: int
    deadline: datetime | None = None
    output: list[str] = field(default_factory=list[str])
    ended: datetime | None = None
    given_up: str | None = None
    """`canceled` or `aborted`."""


class Predictions:
    """All predictions of one emulator."""

    def __init__(self, desk: Desk) -> None:
        """Start with none."""
        self._desk = desk
        self._tasks: Tasks[Run] = Tasks(desk.clock, desk.polls)
        self._order: list[str] = []
        self.shelf: Final = Shelf(desk, "/delivery")

    def start(self, key: str, run: Run) -> Task[Run]:
        """Take a run on and bill what it will have cost."""
        worked = isinstance(run.outcome, Job) or run.outcome.worked
        count = run.outcome.count if isinstance(run.outcome, Job) else 0
        amount = price(run.model, run.given, count) if worked else Decimal(0)
        charge = self._desk.bill.add(
            self._desk.slug,
            run.model.id,
            run.model.operation,
            images=count,
            amount=amount,
            unit="USD",
        )
        task = self._tasks.start(hex_id(_LETTERS), key, run, charge.id)
        self._order.append(task.id)
        return task

    def find(self, key: str, id_: str) -> Task[Run] | None:
        """A prediction of a key."""
        return self._tasks.find(id_, key)

    def all(self, key: str) -> list[Task[Run]]:
        """Every prediction of a key, the newest first."""
        found = (self._tasks.find(id_, key) for id_ in reversed(self._order))
        return [task for task in found if task is not None]

    def finish(self, task: Task[Run]) -> None:
        """Bring it to its end now."""
        self._tasks.finish(task)

    def look(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        """See where it stands, and let it advance."""
        deadline = task.work.deadline
        if deadline is not None and self._desk.clock.now() >= deadline:
            self.give_up(task, "aborted" if task.stage is Stage.QUEUED else "canceled")
        return self.shown(request, task, self._tasks.look(task))

    def give_up(self, task: Task[Run], how: str) -> None:
        """Stop what is unfinished; what had not started is not billed."""
        if task.stage not in _RUNNING:
            return
        if task.stage is Stage.QUEUED and task.charge_id is not None:
            self._desk.bill.give_back([task.charge_id])
        task.cancelled = True
        task.work.given_up = how
        task.work.ended = self._desk.clock.now()

    def shown(self, request: Request, task: Task[Run], stage: Stage | None = None) -> dict[str, Any]:
        """A prediction as the API shows it.

        Args:
            request: tells addresses.
            task: the prediction.
            stage: where it is said to stand. Absent: where it does.
        """
        run, stage = task.work, stage or task.stage
        root = self._desk.root(request)
        url = f"{root}/v1/predictions/{task.id}"
        body: dict[str, Any] = {
            "id": task.id,
            "model": run.model.id,
            "version": run.model.version or "hidden",
            "input": dict(run.given),
            "logs": "",
            "output": None,
            "data_removed": False,
            "error": None,
            "source": "api",
            "status": _RUNNING.get(stage, ""),
            "created_at": stamp(task.started),
            "urls": {"get": url, "cancel": f"{url}/cancel", "web": f"{root}/p/{task.id}"},
        }
        if run.deadline is not None:
            body["deadline"] = stamp(run.deadline)
        if stage is not Stage.QUEUED and run.given_up != "aborted":
            body["started_at"] = stamp(task.started)
        return body if stage in _RUNNING else body | self._ending(request, task)

    def _ending(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        run = task.work
        if run.given_up is not None:
            return {"status": run.given_up, **self._times(run)}
        if run.ended is None:
            run.ended = self._desk.clock.now()
            if isinstance(run.outcome, Job):
                run.output = self._painted(request, run, run.outcome)
        if task.charge_id is not None:
            self._desk.carry(request, task.charge_id)
        ending: dict[str, Any] = self._times(run)
        ending["metrics"] = {"predict_time": _SECONDS, "total_time": _SECONDS + 0.1}
        if isinstance(run.outcome, Failed):
            ending |= {"status": "failed", "error": run.outcome.text}
        else:
            ending |= {"status": "succeeded", "output": run.output if run.model.many else run.output[0]}
        if self._desk.clock.now() >= run.ended + _KEPT:
            ending |= {"input": {}, "output": None, "data_removed": True}
        return ending

    def _times(self, run: Run) -> dict[str, str]:
        return {} if run.ended is None else {"completed_at": stamp(run.ended)}

    def _painted(self, request: Request, run: Run, job: Job) -> list[str]:
        subject = f"{run.model.id}|{run.given.get('prompt', '')}|{run.seed}"
        pictures = (
            picture(f"{subject}.{number}", job.size, job.form, source=job.source)
            for number in range(job.count)
        )
        return [
            self.shelf.put(request, data, MEDIA_TYPES[job.form], f"out-{number}.{job.extension}", _KEPT)
            for number, data in enumerate(pictures)
        ]
