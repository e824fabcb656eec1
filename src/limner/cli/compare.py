"""`limner compare`: one request over several models at once."""

import asyncio
import inspect
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperCommand

from limner.cli import exits, options
from limner.cli.asks import Ask, Task, pictures_at
from limner.cli.desk import Desk
from limner.cli.exits import Exit
from limner.cli.groups import named, unknown
from limner.cli.outputs import default_stem
from limner.cli.progress import Bars, bars
from limner.cli.say import cost, line, price, say, tell
from limner.cli.spend import agreed
from limner.cli.stop import Stop, on_interrupt
from limner.cli.verb import names
from limner.client import plain
from limner.client.comparison import Comparison, present_comparison
from limner.client.files import check_writable
from limner.core.errors import Billed, Cancelled, ImageProcessing, UserError
from limner.core.operations import Operation, implied
from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.compare.comparison import Compared, Lineup
from limner.engine.events import Event

_POINTLESS: Final = frozenset(
    {"jobs", "show", "each", "mask_dir", "prompt", "output", "force", "model", "provider", "strategy"}
    | {"no_fallback", "after_refusal", "partial_images"}
)
"""Options that a comparison has no use for: each model is asked once, and answers for itself."""


def compare(
    words: list[str] | None = None,
    operation: str | None = None,
    image: list[str] | None = None,
    models: list[str] | None = None,
    output: str | None = None,
    **values: object,
) -> int:
    """Ask several models the same at once."""
    sources = tuple(source for text in image or () for source in pictures_at(text))
    ask = Ask(_operation(operation, len(sources), masked=values.get("mask") is not None), (), values)
    mask = ask.text("mask")
    task = Task(" ".join(words or ()), sources, None if mask is None else pictures_at(mask)[0])
    folder = _folder(output, task)
    with Desk(ask) as desk:
        lineup = desk.wait(_lineup(desk, task, models or []))
        _announce(lineup)
        if not agreed(lineup.quotes, yes=ask.flag("yes")):
            say("Nothing was sent; nothing was charged.")
            return Exit.INTERRUPTED
        stop = Stop(desk.limner.engine)
        comparison = present_comparison(desk.wait(_carried_out(desk, lineup, stop)))
        paths = _saved(comparison, folder)
    if ask.flag("json"):
        line(plain.comparison(comparison, paths))
    else:
        _print(comparison, paths)
    return _exit(comparison, stopped=stop.requested)


def _operation(name: str | None, pictures: int, *, masked: bool) -> Operation:
    if name is None:
        return implied(pictures, masked=masked)
    found = named(name)
    if found is None:
        raise unknown("operation", name, names())
    return found


def _folder(output: str | None, task: Task) -> Path:
    """Where it is written: a folder, new unless it is named."""
    folder = Path(output or f"compare-{default_stem(task, 'models')}")
    number = 1
    while output is None and folder.exists():
        number += 1
        folder = folder.with_name(f"compare-{default_stem(task, 'models')}-{number}")
    if folder.exists() and not folder.is_dir():
        raise UserError(
            f"{folder} is a file.",
            code="unwritable_output",
            field="output",
            remedy="Give a folder: a comparison is several files.",
        )
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    check_writable(existing / "report.html")
    return folder


async def _lineup(desk: Desk, task: Task, models: Sequence[str]) -> Lineup:
    named_ = [name for text in models for name in text.split(",")]
    return await desk.limner.comparer.line_up(await desk.request(task), named_)


def _saved(comparison: Comparison, folder: Path) -> list[Path]:
    """Write it; what was paid for is not lost because a disk is full."""
    try:
        return comparison.save(folder)
    except UserError as error:
        refuge = Path(tempfile.mkdtemp(prefix="limner-"))
        comparison.save(refuge)
        raise ImageProcessing(
            f"{error.message} The pictures are in {refuge}.",
            code="unwritable_output",
            remedy="Fetch them from there: temporary folders are emptied.",
            billed=Billed.NO if comparison.cost.usd == 0 else Billed.YES,
        ) from error


def _announce(lineup: Lineup) -> None:
    """What each would cost, before a question is asked and anything is sent."""
    for each in lineup.candidates:
        if each.quote is None:
            say(f"  {each.name}: not asked. {each.reason}", "yellow")
        else:
            say(f"  {each.quote.model.id}: {price(each.quote.price)}")


async def _carried_out(desk: Desk, lineup: Lineup, stop: Stop) -> Any:
    with on_interrupt(stop), bars() as shown:
        return await desk.limner.comparer.compare(lineup, partial(_carry, desk, stop, shown))


async def _carry(desk: Desk, stop: Stop, shown: Bars, request: Request) -> Result:
    """Carry one out, watched by Ctrl-C and shown by a bar."""
    if stop.requested:
        raise Cancelled("It was not begun.", billed=Billed.NO)
    bar, watch = shown.bar(request.model or ""), stop.watch()

    def hear(event: Event) -> None:
        watch.hear(event)
        bar.hear(event)

    run = asyncio.ensure_future(desk.limner.engine.run(request, on_event=hear))
    try:
        with watch.over(run):
            return await run
    except asyncio.CancelledError:
        raise Cancelled("It was stopped before anything was sent.", billed=Billed.NO) from None
    finally:
        bar.done()


def _print(comparison: Comparison, paths: Sequence[Path]) -> None:
    """The files on stdout; who made what, for how much, on stderr."""
    width = max(len(each.candidate.title) for each in comparison.entries)
    for each in comparison.entries:
        _entry(each, width)
    for path in paths:
        tell(str(path))
    done = f"{len(comparison.results)} of {len(comparison.entries)} painted"
    say(f"{done} · {cost(comparison.cost)} together, quoted {price(comparison.quote)}", "bold")


def _entry(each: Compared, width: int) -> None:
    name = f"{each.candidate.title:<{width}}"
    if each.error is None:
        say(f"{name}  {cost(each.cost)} · {each.seconds:.1f} s", "green")
        say(f"  {each.candidate.reason}", "dim")
        return
    say(f"{name}  –", "red")
    say(f"  {each.error.message} {each.error.billed.sentence} {each.error.remedy}".rstrip(), "dim")


def _exit(comparison: Comparison, *, stopped: bool) -> Exit:
    if stopped:
        return Exit.INTERRUPTED
    if not comparison.results:
        return Exit.ALL_FAILED
    return Exit.OK if len(comparison.results) == len(comparison.entries) else Exit.SOME_FAILED


def _signature() -> inspect.Signature:
    """The words, what only a comparison has, and the options of the operations that it can use."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    own: dict[str, Any] = {
        "models": Annotated[
            list[str] | None,
            typer.Option(metavar="NAMES", help="Two or more, separated by commas; or repeat it."),
        ],
        "operation": Annotated[
            str | None,
            typer.Option(metavar="NAME", help="Absent: by what comes, inpaint, edit or generate."),
        ],
        "image": Annotated[list[str] | None, typer.Option(metavar="IMAGE", help="The picture to work on.")],
        "output": Annotated[
            str | None,
            typer.Option("--output", "-o", metavar="FOLDER", help="For pictures, sheet.png and report.html."),
        ],
    }
    words: Any = Annotated[
        list[str] | None, typer.Argument(metavar="PROMPT", help="What to paint.", show_default=False)
    ]
    declared = inspect.signature(options.declare).parameters.values()
    first = inspect.Parameter(
        "words", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=words
    )
    mine = [inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in own.items()]
    return inspect.Signature([first, *mine, *(each for each in declared if each.name not in _POINTLESS)])


class _Compare(TyperCommand):
    """A command whose usage says that the prompt comes first."""

    def collect_usage_pieces(self, ctx: object) -> list[str]:
        """The argument first."""
        del ctx
        return ["PROMPT", "[OPTIONS]"]


app = typer.Typer(add_completion=False, rich_markup_mode="rich")
cast("Any", compare).__signature__ = _signature()
app.command(
    cls=_Compare,
    help=(
        "Ask several models the same at once: pictures, a contact sheet and a report to compare them by. "
        "What all cost together is said first.\n\n"
        '[dim]limner compare "a pear" --models openai/gpt-image-2,stability/core --max-cost 0.30[/]'
    ),
    epilog=exits.EPILOG,
)(compare)
