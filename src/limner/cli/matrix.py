"""What `limner models --matrix` prints: who does what, and how."""

from typing import Final

from rich.table import Table
from rich.text import Text

from limner.assembly import Assembly
from limner.catalog.matrix import Cell, How, matrix
from limner.cli.exits import Exit
from limner.cli.say import line, say, stdout
from limner.cli.verb import name_of
from limner.core.operations import Operation

_SIGNS: Final = {How.NATIVE: ("●", "green"), How.EMULATED: ("◐", "yellow"), How.NONE: ("·", "dim")}
_LEGEND: Final = "● native   ◐ by other means   · not there. With --provider or --operation: how, or why not."


def show(limner: Assembly, *, provider: str | None, operation: Operation | None, json: bool) -> Exit:
    """Print the matrix, or a part of it with the reasons.

    Args:
        limner: with the catalog and the day.
        provider: only this one. Absent: all.
        operation: only this one. Absent: all.
        json: as JSON lines, one for each provider and operation.
    """
    wanted = None if provider is None else [provider]
    cells = [
        cell
        for cell in matrix(limner.catalog, today=limner.clock.now().date(), providers=wanted)
        if operation in {None, cell.operation}
    ]
    if json:
        for cell in cells:
            line(plainly(cell))
    elif provider is None and operation is None:
        _grid(cells)
    else:
        _list(cells, by_provider=provider is None)
    return Exit.OK


def plainly(cell: Cell) -> dict[str, object]:
    """A cell, for programs."""
    return {
        "provider": cell.provider,
        "operation": cell.operation.value,
        "how": cell.how.value,
        "through": None if cell.through is None else cell.through.value,
        "text": cell.text,
        "models": [model.id for model in cell.models],
    }


def _grid(cells: list[Cell]) -> None:
    """A sign for each; the providers' names stand upright, so that all fit."""
    providers = list(dict.fromkeys(cell.provider for cell in cells))
    known = {(cell.provider, cell.operation): cell.how for cell in cells}
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    shown.add_column("", no_wrap=True)
    for slug in providers:
        shown.add_column("\n".join(slug), vertical="bottom", justify="center")
    for operation in Operation:
        signs = [Text(*_SIGNS[known[slug, operation]]) for slug in providers]
        shown.add_row(name_of(operation), *signs)
    stdout().print(shown)
    say(_LEGEND, "dim")


def _list(cells: list[Cell], *, by_provider: bool) -> None:
    shown = Table.grid(padding=(0, 2, 0, 0))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for cell in cells:
        sign, style = _SIGNS[cell.how]
        name = cell.provider if by_provider else name_of(cell.operation)
        said = [Text(_models(cell)), Text(cell.text, "dim")]
        shown.add_row(Text(f"{sign} {name}", style), Text(": ").join(part for part in said if part))
    stdout().print(shown)


def _models(cell: Cell) -> str:
    if not cell.models:
        return ""
    more = len(cell.models) - 1
    return cell.models[0].name + (f" and {more} more" if more else "")
