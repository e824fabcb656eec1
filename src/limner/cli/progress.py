"""Progress on a terminal: which model works, how far it is, how many previews came."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from limner.cli.say import stderr
from limner.engine.events import Event, FellBack, Previewed, Progressed, Quoted, Retrying, Sending


class Bar(Protocol):
    """Shows one request."""

    def hear(self, event: Event) -> None:
        """Show what happened."""
        ...

    def done(self) -> None:
        """Take it away."""
        ...


class Silent:
    """Where nobody watches."""

    def hear(self, event: Event) -> None:
        """Nothing."""

    def done(self) -> None:
        """Nothing."""


class Shown:
    """A line that moves."""

    def __init__(self, progress: Progress, name: str) -> None:
        """Begin a line.

        Args:
            progress: where.
            name: what the person calls the work.
        """
        self._progress = progress
        self._name = f"{name}: " if name else ""
        self._line: TaskID = progress.add_task(f"{self._name}preparing", total=None)
        self._model = ""
        self._previews = 0

    def hear(self, event: Event) -> None:
        """Show what happened."""
        match event:
            case Quoted(model=model):
                self._model = model
            case Sending(model=model):
                self._text(f"{model} is painting")
            case Progressed(fraction=fraction) if fraction is not None:
                self._progress.update(self._line, completed=fraction, total=1)
            case Previewed():
                self._previews += 1
                previews = "1 preview" if self._previews == 1 else f"{self._previews} previews"
                self._text(f"{self._model} is painting, {previews}")
            case FellBack(model=model, instead_of=instead_of):
                self._text(f"{model} takes the place of {instead_of}")
            case Retrying(why=why, pause=pause):
                self._text(f"{why} Again in {pause:.0f} s")
            case _:
                pass

    def done(self) -> None:
        """Take it away."""
        self._progress.remove_task(self._line)

    def _text(self, text: str) -> None:
        self._progress.update(self._line, description=f"{self._name}{text}")


class Bars:
    """Makes a bar for each request."""

    def __init__(self, progress: Progress | None) -> None:
        """Keep where they are shown. `None`: nowhere."""
        self._progress = progress

    def bar(self, name: str) -> Bar:
        """A bar for one request."""
        return Silent() if self._progress is None else Shown(self._progress, name)


@contextmanager
def bars() -> Generator[Bars]:
    """Show progress while the block lasts, when stderr is a terminal."""
    console = stderr()
    if not console.is_terminal:
        yield Bars(None)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)
