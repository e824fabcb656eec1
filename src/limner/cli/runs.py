"""`limner runs`: what was asked for, what became of it, and what a person has to decide."""

from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from limner.cli import report
from limner.cli.asks import Ask, Task
from limner.cli.desk import Desk
from limner.cli.exits import Exit, code_of
from limner.cli.home import settled
from limner.cli.outputs import parse
from limner.cli.say import dollars, line, say, stdout
from limner.client import plain
from limner.client.results import present
from limner.client.sync import Limner
from limner.core.errors import Billed, Error
from limner.core.operations import Operation
from limner.engine.books import PAGE, Call, RunLine, RunStory
from limner.engine.journal import RunState
from limner.ledger.entries import State

app = typer.Typer(add_completion=False, rich_markup_mode="rich", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")]
_COLOURS = {RunState.FINISHED: "green", RunState.FAILED: "red"}


@app.callback()
def _runs() -> None:
    """Look at runs, carry them on, and decide what a lost answer cost."""


@app.command("list")
def listed(  # noqa: PLR0917 - typer counts options by position
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="open, waiting, finished, failed or unknown.")
    ] = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", metavar="", help="Those of which nobody knows what they cost.")
    ] = False,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="Only on this model.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="From 2026-11-21 on, in UTC.")] = None,
    before: Annotated[
        str | None, typer.Option(metavar="RUN", help="Those before this one: the next page.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="How many at most.")] = PAGE,
    json: Json = False,
) -> int:
    """List runs, the newest first.

    [dim]limner runs list --unknown[/]
    """
    with Limner(settings=settled()) as limner:
        found = limner.runs.list(
            state="unknown" if unknown else state,  # pyright: ignore[reportArgumentType] - checked there
            model=model,
            since=since,
            before=before,
            limit=limit,
        )
    for run in found:
        if json:
            line(plain.run(run))
        else:
            _print_line(run)
    if not json:
        _say_end(found, limit)
    return Exit.OK


@app.command()
def show(run: Annotated[str, typer.Argument(metavar="RUN", help="Its id.")], json: Json = False) -> int:
    """Show a run: every call, what each cost, and what it ended with.

    [dim]limner runs show run_01a1fd8aa6918ad3e8be3ec6cb92[/]
    """
    with Limner(settings=settled()) as limner:
        story = limner.runs.show(run)
    if json:
        line(plain.story(story))
    else:
        _print_story(story)
    return Exit.OK


@app.command()
def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Where the picture goes.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Overwrite a file.")] = False,
    json: Json = False,
) -> int:
    """Carry a run on. Nothing that may have been paid for is sent again.

    What the provider still works on is waited for; what was kept is finished. One that is finished gives
    its pictures once more, for nothing.

    [dim]limner runs resume run_01a1fd8aa6918ad3e8be3ec6cb92 -o clean.png[/]
    """
    settings = settled()
    with Limner(settings=settings) as limner:
        before = limner.runs.show(run).line
    values = {"output": output, "force": force, "json": json}
    ask, task = Ask(Operation(before.operation), (), values), Task(before.prompt)
    outputs = parse(ask, [task])
    outputs.check()
    with Desk(ask, settings) as desk:
        try:
            result = present(desk.wait(desk.limner.engine.resume(run)))
        except Error as error:
            report.failed(error, task, about="", kept=outputs.keep(task, error), json=json)
            return code_of(error)
        billed = Billed.NO if result.quote.free else Billed.YES
        paths = [
            outputs.save(image, task, (0, place, len(result.images)), billed=billed)
            for place, image in enumerate(result.images)
        ]
    if json:
        report.as_json(result, task, paths)
    else:
        report.as_text(result, paths, brief=False, shown=False)
    return Exit.OK


@app.command()
def drop(run: Annotated[str, typer.Argument(metavar="RUN", help="Its id.")]) -> int:
    """Let go of a run that was interrupted before anything was sent: what was held for it is free again.

    [dim]limner runs drop run_01a1fd8aa6918ad3e8be3ec6cb92[/]
    """
    with Limner(settings=settled()) as limner:
        limner.runs.drop(run)
    say(f"{run} is let go. Nothing was charged.")
    return Exit.OK


@app.command()
def resolve(
    attempt: Annotated[str, typer.Argument(metavar="ATTEMPT", help="From `limner runs list --unknown`.")],
    usd: Annotated[
        str, typer.Option("--usd", metavar="DOLLARS", help="What the provider billed; 0: nothing.")
    ],
) -> int:
    """Decide what a call cost whose answer was lost, as the provider's bill has it.

    Until then the most it can have cost counts against budgets.

    [dim]limner runs resolve attempt_01a1fd8aa6918ad3e8be3ec6cb92 --usd 0.04[/]
    """
    with Limner(settings=settled()) as limner:
        limner.runs.resolve(attempt, usd)
    say(f"{attempt} is settled at ${usd.removeprefix('$')}.")
    return Exit.OK


def _say_end(found: list[RunLine], limit: int) -> None:
    if not found:
        say("There are no such runs.")
    elif len(found) == limit:
        say(f"More: limner runs list --before {found[-1].id}", "dim")


def _print_line(run: RunLine) -> None:
    state = (run.state.value, _COLOURS.get(run.state, "yellow"))
    head = Text("  ").join([Text(run.id, "bold"), Text(_when(run)), Text(*state), Text(_money(run))])
    stdout().print(head, soft_wrap=True)
    below = " · ".join(filter(None, (run.operation, run.model, _short(run.prompt))))
    stdout().print(Padding(Text(below, "dim", overflow="ellipsis", no_wrap=True), (0, 0, 0, 2)))
    for attempt in run.unknown:
        stdout().print(Padding(Text(f"unknown: {attempt}", "yellow"), (0, 0, 0, 2)))


def _when(run: RunLine) -> str:
    return run.at.astimezone().strftime("%Y-%m-%d %H:%M")


def _money(run: RunLine) -> str:
    """What it cost, and what is not decided yet."""
    parts = [dollars(run.usd)] if run.usd or not (run.held or run.possible or run.unpriced) else []
    if run.unpriced:
        parts.append("an amount nobody knows")
    if run.possible:
        parts.append(f"up to {dollars(run.possible)} unknown")
    if run.held:
        parts.append(f"{dollars(run.held)} held")
    return ", ".join(parts)


def _short(prompt: str) -> str:
    return " ".join(prompt.split())


def _print_story(story: RunStory) -> None:
    _print_line(story.line)
    for call in story.calls:
        stdout().print(
            Padding(Text.assemble((call.id, "bold"), f"  {call.state}  {_cost(call)}"), (0, 0, 0, 2))
        )
        facts = " · ".join(filter(None, (call.model, call.request_id, call.arithmetic)))
        stdout().print(Padding(Text(facts, "dim"), (0, 0, 0, 4)))
        if call.error is not None:
            stdout().print(Padding(Text(call.error.message, "red"), (0, 0, 0, 4)))
    if story.error is not None:
        stdout().print(Padding(Text(f"It ended with: {story.error.message}", "red"), (0, 0, 0, 2)))
    for hint in _hints(story):
        say(f"  {hint}")


def _cost(call: Call) -> str:
    match call.entry:
        case State.UNKNOWN:
            return f"up to {dollars(call.possible)}" if call.possible else "unknown"
        case State.FAILED:
            return "not billed"
        case State.CHARGED:
            return call.native or "unknown" if call.usd is None else dollars(call.usd)
        case _:
            return "not settled"


def _hints(story: RunStory) -> list[str]:
    """What can be done about it."""
    hints = [f"limner runs resolve {one} --usd …  decides what it cost." for one in story.line.unknown]
    if story.line.state in {RunState.OPEN, RunState.WAITING}:
        hints.append(f"limner runs resume {story.line.id}  carries it on.")
    if story.line.state in {RunState.OPEN, RunState.WAITING} and not story.calls:
        hints.append(f"limner runs drop {story.line.id}  lets go of it: nothing was sent.")
    return hints
