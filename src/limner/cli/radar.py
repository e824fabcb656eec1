"""What `limner models --retiring` and `--check` print."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from rich.text import Text

from limner.assembly import Assembly
from limner.catalog.radar import Leaving, leaving
from limner.cli.exits import Exit
from limner.cli.say import line, say, stdout
from limner.core.models import Model
from limner.core.money import dollars

_WEEK: Final = 7


def retiring(limner: Assembly, models: Iterable[Model], *, within: int, gone: bool, json: bool) -> Exit:
    """List the models that are going away.

    Args:
        limner: with the catalog and the day.
        models: only these.
        within: days until the last one.
        gone: those too that no longer answer.
        json: as JSON lines.
    """
    wanted = {model.id for model in models}
    found = [
        one
        for one in leaving(limner.catalog, today=_today(limner), within=within, gone=gone)
        if one.model.id in wanted
    ]
    if json:
        for one in found:
            line(plainly(one))
    elif found:
        for one in found:
            _print(one)
    else:
        say(f"No model that is listed here is known to go away within {within} days.")
    return Exit.OK


def plainly(one: Leaving) -> dict[str, object]:
    """A model that is going away, for programs."""
    return {
        "model": one.model.id,
        "gone": one.gone,
        "last_day": None if one.model.shutdown_on is None else one.model.shutdown_on.isoformat(),
        "days": one.days,
        "successor": None if one.successor is None else one.successor.id,
        "difference_usd": None if one.difference is None else str(one.difference),
    }


def heir(one: Leaving) -> Text:
    """What takes a model's place, and what that does to the price."""
    if one.successor is None:
        return Text("none is named", "dim")
    return Text.assemble(one.successor.id, (difference(one), "dim"))


def difference(one: Leaving) -> str:
    """Of the price, in few words; empty where it is not known."""
    if one.difference is None:
        return ""
    if one.difference == 0:
        return ", same price"
    more = "more" if one.difference > 0 else "less"
    return f", {dollars(abs(one.difference))} {more} a picture"


def when(one: Leaving) -> Text:
    """A model's last day, in red when it is this week or over."""
    urgent = one.gone or (one.days is not None and one.days <= _WEEK)
    return Text(one.when, "red" if urgent else "yellow")


def _print(one: Leaving) -> None:
    stdout().print(Text.assemble((one.model.id, "bold"), "  ", when(one)))
    stdout().print(Text.assemble("  → ", heir(one)))


def _today(limner: Assembly) -> date:
    return limner.clock.now().date()
