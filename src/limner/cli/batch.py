"""The table at the end of a batch."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from limner.cli.exits import Exit
from limner.cli.say import cost, say, stderr
from limner.cli.work import Ended
from limner.core.money import total


def table(ended: Sequence[Ended]) -> None:
    """Say how each request ended, and what all cost together."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("picture", overflow="fold", ratio=2)
    shown.add_column("result", overflow="fold", ratio=3)
    shown.add_column("cost", justify="right")
    for one in ended:
        shown.add_row(Text(", ".join(one.task.names)), _outcome(one), _cost(one))
    stderr().print()
    stderr().print(shown, soft_wrap=False)
    _notes(ended)
    failed = sum(one.code is not Exit.OK for one in ended)
    costs = [one.result.cost for one in ended if one.result is not None]
    done = f"{len(ended) - failed} of {len(ended)} done"
    say(f"{done} · {cost(total(costs))}", "bold red" if failed else "bold")


def _notes(ended: Sequence[Ended]) -> None:
    """Each note once, with the pictures it is about."""
    about: dict[str, list[str]] = {}
    for one in ended:
        for text in dict.fromkeys(note.text for note in one.result.notes) if one.result else ():
            about.setdefault(text, []).append(", ".join(one.task.names))
    done = sum(one.result is not None for one in ended)
    for text, names in about.items():
        whose = "" if len(names) == done else f"{', '.join(names)}: "
        say(f"note: {whose}{text}", "dim")


def _outcome(one: Ended) -> Text:
    if one.error is not None:
        return Text(one.error.message, "red")
    return Text(", ".join(str(path) for path in one.paths))


def _cost(one: Ended) -> str:
    if one.result is not None:
        return cost(one.result.cost)
    return {"no": "—", "yes": "charged", "unknown": "unknown"}[one.error.billed.value] if one.error else ""
