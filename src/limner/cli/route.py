"""`limner route`: which model would do it, what it would cost, and why not the others."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.padding import Padding
from rich.text import Text
from typer.core import TyperCommand

from limner.catalog.bands import band
from limner.cli import options
from limner.cli.asks import Ask, Source, Task
from limner.cli.desk import Desk
from limner.cli.exits import Exit
from limner.cli.groups import named, unknown
from limner.cli.say import line, price, say, stdout, tell
from limner.cli.verb import names
from limner.cli.where import going
from limner.client import plain
from limner.client.inputs import is_url
from limner.core.operations import Operation, implied
from limner.policy.routing.candidates import Choice, Ranking

_POINTLESS: Final = frozenset(
    {
        *("yes", "output", "force", "jobs", "show", "each", "mask_dir", "prompt"),
        *("deadline", "idempotency_key", "partial_images", "user", "no_store"),
    }
)
"""Options that only a request that is carried out has a use for."""
_ALTERNATIVES: Final = 3
_BELOW: Final = (0, 0, 0, 4)
"""Where a reason stands: under its model, a little to the right."""


def route(
    words: list[str] | None = None,
    operation: str | None = None,
    image: list[str] | None = None,
    *,
    transparent: bool = False,
    explain: bool = False,
    **values: object,
) -> int:
    """Say which model would serve a request. Nothing is sent, and nothing is charged."""
    images = image or []
    if transparent:
        values["background"] = "transparent"
    wanted = _operation(operation, images, values)
    ask = Ask(wanted, (), values)
    with Desk(ask) as desk:
        mask = values.get("mask")
        sources = tuple(_source(text) for text in images)
        task = Task(" ".join(words or ()), sources, None if mask is None else _source(str(mask)))
        ranking = desk.wait(desk.limner.advice.explain(desk.wait(desk.request(task))))
    if ask.flag("json"):
        line({"operation": wanted.value, **plain.ranking(ranking)})
    else:
        _print(ranking, explain=explain)
    return Exit.OK if ranking.chosen else Exit.BAD_INPUT


def _operation(name: str | None, images: Sequence[str], values: Mapping[str, object]) -> Operation:
    if name is None:
        return implied(len(images), masked=values.get("mask") is not None)
    found = named(name)
    if found is None:
        raise unknown("operation", name, names())
    return found


def _source(text: str) -> Source:
    return text if is_url(text) or text.startswith("data:") else Path(text)


def _print(ranking: Ranking, *, explain: bool) -> None:
    for note in ranking.notes:
        say(f"note: {note.text}", "yellow")
    best = ranking.best
    if best is None:
        say("No model would do this: nothing was sent.", "bold red")
        _reasons(ranking)
    else:
        tell(f"{best.model.id}: {_money(best)}")
        say(f"  {best.reason}")
        say(f"  {going(best)}")
        others = [choice.model.id for choice in ranking.chosen[1 : _ALTERNATIVES + 1]]
        if others:
            say(f"  then {', '.join(others)}", "dim")
    if explain:
        _table(ranking)
    else:
        say("  --explain shows every model with its score or its reason", "dim")


def _reasons(ranking: Ranking) -> None:
    counts: dict[str, int] = {}
    for each in ranking.left_out:
        counts[each.code] = counts.get(each.code, 0) + 1
    for code, count in sorted(counts.items(), key=lambda item: -item[1]):
        say(f"  {count} × {code.replace('_', ' ')}", "dim")


def _money(choice: Choice) -> str:
    found = band(choice.price)
    return price(choice.price) if found is None else f"{price(choice.price)} ({found.value})"


def _table(ranking: Ranking) -> None:
    """Every model: its score and what it is made of, or the reason why it is left out below it."""
    everybody = [*ranking.chosen, *ranking.left_out]
    width = max((len(each.model.id) for each in everybody), default=0)
    stdout().print(f"{'model':<{width}}  score  price", style="bold", soft_wrap=True)
    for choice in ranking.chosen:
        text = f"{choice.model.id:<{width}}  {choice.score:.3f}  {price(choice.price, short=True)}"
        stdout().print(Text(text, "green"), soft_wrap=True)
        stdout().print(Padding(Text(choice.reason), _BELOW))
        stdout().print(Padding(Text(going(choice), "dim"), _BELOW))
    for each in ranking.left_out:
        stdout().print(Text(f"{each.model.id:<{width}}  –", "dim"), soft_wrap=True)
        stdout().print(Padding(Text(each.reason, "dim"), _BELOW))


def _signature() -> inspect.Signature:
    """The words, what only routing has, and every option that decides who can do it."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    own: tuple[tuple[str, Any, object], ...] = (
        (
            "operation",
            Annotated[
                str | None,
                typer.Option(metavar="NAME", help="Absent: by what comes, inpaint, edit or generate."),
            ],
            None,
        ),
        (
            "image",
            Annotated[
                list[str] | None,
                typer.Option(metavar="IMAGE", help="The picture to work on. Absent: one of the mask's size."),
            ],
            None,
        ),
        (
            "transparent",
            Annotated[bool, typer.Option("--transparent", help="A transparent background.")],
            False,
        ),
        (
            "explain",
            Annotated[bool, typer.Option("--explain", help="Every model with its score or its reason.")],
            False,
        ),
    )
    words: Any = Annotated[
        list[str] | None, typer.Argument(metavar="PROMPT", help="What to paint.", show_default=False)
    ]
    declared = inspect.signature(options.declare).parameters.values()
    return inspect.Signature(
        [
            inspect.Parameter(
                "words", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=words
            ),
            *(
                inspect.Parameter(name, keyword, default=nothing, annotation=kind)
                for name, kind, nothing in own
            ),
            *(each for each in declared if each.name not in _POINTLESS),
        ]
    )


class _Route(TyperCommand):
    """A command whose usage says that the prompt comes first."""

    def collect_usage_pieces(self, ctx: object) -> list[str]:
        """The argument first."""
        del ctx
        return ["PROMPT", "[OPTIONS]"]


app = typer.Typer(add_completion=False, rich_markup_mode="rich")
route.__signature__ = _signature()  # pyright: ignore[reportFunctionMemberAccess]
app.command(
    cls=_Route,
    help=(
        "Say which model would serve a request, what it would cost, and why. Nothing is sent.\n\n"
        '[dim]limner route "a photorealistic sunset" --max-cost 0.04 --region eu --mask mask.png[/]'
    ),
)(route)
