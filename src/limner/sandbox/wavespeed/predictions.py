"""Predictions: taken on, looked at, deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request

from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.desk import Desk
from limner.sandbox.ids import hex_id
from limner.sandbox.pictures import base64_of, picture
from limner.sandbox.shelf import Shelf
from limner.sandbox.tasks import Stage, Task, Tasks
from limner.sandbox.wavespeed.models import Model
from limner.sandbox.wavespeed.rules import Failed, Job
from limner.sandbox.wavespeed.shapes import stamp

LINK_LIFE: Final = timedelta(days=7)
_MILLISECONDS: Final = 5210
_NSFW: Final = "nsfw-output"
_SYNC_TIMEOUT: Final = 5004
_STATUSES: Final = {Stage.QUEUED: "created", Stage.RUNNING: "processing"}


@dataclass(slots=True)
class Run:
    """One prediction's work."""

    model: Model
    given: Mapping[str, Any]
    outcome: Job | Failed
    seed: int
    amount: Decimal
    outputs: list[str] = field(default_factory=list[str])
    deleted: bool = False

    @property
    def prompt(self) -> str:
        """Its prompt, empty where there is none."""
        return str(self.given.get("prompt") or "")


class Predictions:
    """All predictions of one emulator."""

    def __init__(self, desk: Desk) -> None:
        """Start with none."""
        self._desk = desk
        self._tasks: Tasks[Run] = Tasks(desk.clock, desk.polls)
        self._order: list[str] = []
        self.shelf: Final = Shelf(desk, "/outputs/predictions")

    def start(self, key: str, run: Run) -> Task[Run]:
        """Take a run on and bill it; a run that fails is given back."""
        count = run.outcome.count if isinstance(run.outcome, Job) else 0
        charge = self._desk.bill.add(
            self._desk.slug, run.model.path, run.model.kind, images=count, amount=run.amount, unit="USD"
        )
        if isinstance(run.outcome, Failed):
            self._desk.bill.give_back([charge.id])
        task = self._tasks.start(hex_id(), key, run, charge.id)
        self._order.append(task.id)
        return task

    def find(self, key: str, id_: str) -> Task[Run] | None:
        """A prediction of a key."""
        return self._tasks.find(id_, key)

    def all(self, key: str, since: datetime, until: datetime) -> list[Task[Run]]:
        """The predictions of a key from a span of time, the newest first."""
        found = (self._tasks.find(id_, key) for id_ in reversed(self._order))
        return [task for task in found if task is not None and since <= task.started <= until]

    def finish(self, task: Task[Run]) -> None:
        """Bring it to its end now."""
        self._tasks.finish(task)

    def look(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        """See where it stands, and let it advance."""
        stage = self._tasks.look(task)
        return self.shown(request, task, stage)

    def timed_out(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        """A prediction that is waited for, when the wait ends first."""
        body = self.shown(request, task, Stage.RUNNING)
        words = f"Sync mode timed out. The task is still running; get its result at {body['urls']['get']}."
        return body | {"code": _SYNC_TIMEOUT, "error": words}

    def shown(self, request: Request, task: Task[Run], stage: Stage | None = None) -> dict[str, Any]:
        """A prediction as the API shows it.

        Args:
            request: tells addresses.
            task: the prediction.
            stage: where it is said to stand. Absent: where it does.
        """
        stage = stage or task.stage
        body: dict[str, Any] = {
            "id": task.id,
            "model": task.work.model.path,
            "outputs": [],
            "urls": {"get": f"{self._desk.root(request)}/api/v3/predictions/{task.id}/result"},
            "has_nsfw_contents": [],
            "status": _STATUSES.get(stage, "completed"),
            "created_at": stamp(task.started),
            "error": "",
            "timings": {"inference": 0},
        }
        if task.work.deleted:
            return body | {"status": "deleted"}
        return body if stage in _STATUSES else body | self._ending(request, task)

    def status(self, task: Task[Run]) -> str:
        """Where a prediction stands, in the service's word."""
        if task.work.deleted:
            return "deleted"
        ended = "failed" if isinstance(task.work.outcome, Failed) else "completed"
        return _STATUSES.get(task.stage, ended)

    def _ending(self, request: Request, task: Task[Run]) -> dict[str, Any]:
        run = task.work
        if isinstance(run.outcome, Failed):
            return {"status": "failed", "error": run.outcome.text, "code": run.outcome.code}
        if task.charge_id is not None:
            self._desk.carry(request, task.charge_id)
        if not run.outputs:
            run.outputs = [
                self._output(request, task.id, run, run.outcome, number)
                for number in range(1, run.outcome.count + 1)
            ]
        return {
            "outputs": run.outputs,
            "has_nsfw_contents": [_NSFW in run.prompt] * len(run.outputs),
            "timings": {"inference": _MILLISECONDS},
        }

    def _output(self, request: Request, id_: str, run: Run, job: Job, number: int) -> str:
        subject = f"{run.model.path}|{run.prompt}|{run.seed}.{number}"
        data = picture(subject, job.size, job.form, source=job.source, transparent=job.transparent)
        if run.given.get("enable_base64_output"):
            return base64_of(data)
        return self.shelf.put(request, data, MEDIA_TYPES[job.form], f"{number}.{job.form}", LINK_LIFE)
