"""The requests of one command, several at a time; each is saved and reported as it ends."""

import asyncio
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from limner.cli import report
from limner.cli.asks import Task
from limner.cli.desk import Desk
from limner.cli.exits import Exit, code_of, unexpected
from limner.cli.outputs import Outputs
from limner.cli.progress import Bar, Bars, bars
from limner.cli.stop import Stop, on_interrupt
from limner.client.results import Result, present
from limner.core.errors import Billed, Cancelled, Error
from limner.core.notes import NoteKind
from limner.engine.events import Event
from limner.engine.run import Quote


@dataclass(frozen=True, slots=True)
class Ended:
    """How one request ended."""

    task: Task
    code: Exit
    result: Result | None = None
    paths: tuple[Path | None, ...] = ()
    error: Error | None = None


class Work:
    """Carries requests out."""

    def __init__(self, desk: Desk, outputs: Outputs, *, several: bool) -> None:
        """Get ready.

        Args:
            desk: the command's Limner.
            outputs: where pictures go.
            several: whether there is more than one request.
        """
        self.stop = Stop(desk.limner.engine)
        self._desk = desk
        self._outputs = outputs
        self._several = several

    async def all(self, todo: Sequence[Task], quotes: Sequence[Quote | Error]) -> list[Ended]:
        """Carry all out; one that fails does not stop the others.

        Args:
            todo: the requests.
            quotes: their prices; those with an error are not begun.
        """
        turns = asyncio.Semaphore(cast("int", self._desk.ask.values["jobs"]))
        with on_interrupt(self.stop), bars() as shown:

            async def one(index: int) -> Ended:
                async with turns:
                    return await self._one(index, todo[index], quotes[index], shown)

            return await asyncio.gather(*(one(index) for index in range(len(todo))))

    async def _one(self, index: int, task: Task, quote: Quote | Error, shown: Bars) -> Ended:
        if isinstance(quote, Error):
            return self._failed(task, quote)
        try:
            result = await self._carry_out(task, shown)
            paths = self._saved(result, task, index)
        except Error as error:
            return self._failed(task, error)
        except Exception as error:  # noqa: BLE001 - the other requests go on
            traceback.print_exception(error)
            billed = Billed.NO if quote.price.free else Billed.UNKNOWN
            return self._failed(task, unexpected(error, billed=billed))
        ask = self._desk.ask
        if ask.flag("json"):
            report.as_json(result, task, paths)
        else:
            report.as_text(result, paths, brief=self._several, shown=ask.flag("show"))
        partial = any(note.kind is NoteKind.PARTIAL for note in result.notes)
        return Ended(task, Exit.SOME_FAILED if partial else Exit.OK, result, tuple(paths))

    async def _carry_out(self, task: Task, shown: Bars) -> Result:
        if self.stop.requested:
            raise Cancelled("It was not begun.", billed=Billed.NO)
        bar = shown.bar(", ".join(task.names) if self._several else "")
        try:
            return await self._watched(task, bar)
        except asyncio.CancelledError:
            raise Cancelled("It was stopped before anything was sent.", billed=Billed.NO) from None
        finally:
            bar.done()

    async def _watched(self, task: Task, bar: Bar) -> Result:
        request = await self._desk.request(task)
        watch = self.stop.watch()

        def hear(event: Event) -> None:
            watch.hear(event)
            bar.hear(event)

        run = asyncio.ensure_future(self._desk.limner.engine.run(request, on_event=hear))
        with watch.over(run):
            return present(await run)

    def _saved(self, result: Result, task: Task, index: int) -> list[Path | None]:
        billed = Billed.NO if result.quote.free else Billed.YES
        pictures = self._desk.ask.pictures
        return [
            self._outputs.save(image, task, (index, place, pictures), billed=billed)
            for place, image in enumerate(result.images)
        ]

    def _failed(self, task: Task, error: Error) -> Ended:
        kept = self._outputs.keep(task, error)
        about = ", ".join(task.names) if self._several else ""
        report.failed(error, task, about=about, kept=kept, json=self._desk.ask.flag("json"))
        return Ended(task, code_of(error), error=error)
