"""Ctrl-C: what has not been sent is dropped, what may be paid for is brought home; twice leaves at once."""

import asyncio
import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

from limner.cli.exits import Exit
from limner.cli.say import say, stderr
from limner.core.results import Result
from limner.engine.events import Event, Quoted, Sending
from limner.engine.run import Engine


class Watch:
    """Knows how far one run is."""

    def __init__(self, runs: "list[Watch]") -> None:
        """Belong to the runs under way."""
        self._runs = runs
        self.future: asyncio.Future[Result] | None = None
        self.id = ""
        self.model = ""
        self.free = False
        self.sent = False

    def hear(self, event: Event) -> None:
        """Remember what the run tells."""
        match event:
            case Quoted(run=run, model=model, price=price):
                self.id, self.model, self.free = run, model, price.free
            case Sending():
                self.sent = True
            case _:
                pass

    @contextmanager
    def over(self, future: asyncio.Future[Result]) -> Generator[None]:
        """Be under way while the block lasts."""
        self.future = future
        self._runs.append(self)
        try:
            yield
        finally:
            self._runs.remove(self)

    @property
    def may_be_billed(self) -> bool:
        """Whether leaving now could leave something that was paid for."""
        return self.sent and not self.free


class Stop:
    """Stops what is under way."""

    def __init__(self, engine: Engine) -> None:
        """Be able to stop an engine's runs."""
        self._engine = engine
        self._runs: list[Watch] = []
        self.requested = False
        """Whether Ctrl-C was pressed."""

    def watch(self) -> Watch:
        """Something that hears one run."""
        return Watch(self._runs)

    def interrupt(self) -> None:
        """Answer Ctrl-C."""
        costly = [run for run in self._runs if run.may_be_billed]
        if self.requested:
            self._leave(costly)
        self.requested = True
        if costly:
            names = ", ".join(sorted({run.model for run in costly}))
            say(
                f"Stopping. {names} was asked already and may bill it, so what comes is waited for and kept."
                " Ctrl-C again leaves at once.",
                "yellow",
            )
        else:
            say("Stopping. Nothing that costs money was sent.", "yellow")
        for run in self._runs:
            if run.sent:
                self._engine.stop(run.id)
            elif run.future is not None:
                run.future.cancel()

    def _leave(self, costly: list[Watch]) -> None:
        stderr().show_cursor(show=True)
        for run in costly:
            say(
                f"Left. {run.model} may bill what it was asked ({run.id}): look at its usage page.",
                "bold yellow",
            )
        os._exit(Exit.INTERRUPTED)  # threads that paint would hold the process back


@contextmanager
def on_interrupt(stop: Stop) -> Generator[None]:
    """Have Ctrl-C answered by `stop` while the block lasts. It needs a running event loop."""
    if threading.current_thread() is not threading.main_thread():  # only there can signals be answered
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
