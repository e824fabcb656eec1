"""What `limner models --check` prints: facts of the catalog that need somebody's attention."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, cast

from rich.text import Text

from limner.assembly import Assembly
from limner.catalog.live import differences
from limner.catalog.pricetable import Disagreement, Table, disagreements
from limner.catalog.radar import leaving, stale
from limner.cli.exits import Exit
from limner.cli.radar import difference
from limner.cli.say import line, say, stdout
from limner.core.errors import Error, UserError
from limner.engine.listing import listed_by

_SHIPPED: Final = "model_prices_and_context_window_backup.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at."""

    kind: str
    """`leaving`, `old`, `disagreement` or `list`."""
    model: str
    text: str


def check(limner: Assembly, *, table: Path | None, json: bool) -> Exit:
    """Look for models that are leaving, old facts, prices that another table states differently, and lists.

    Providers whose key is there are asked for the models they have now; that is free.

    Args:
        limner: with the catalog and the day.
        table: LiteLLM's table of prices. Absent: the one that an installed LiteLLM ships.
        json: as JSON lines.

    Returns:
        Whether something was found.

    Raises:
        UserError: the table cannot be read.
    """
    theirs = _table(table or _installed())
    found = [*_findings(limner, theirs), *asyncio.run(_lists(limner))]
    for one in found:
        if json:
            line(asdict(one))
        else:
            stdout().print(Text.assemble((one.model, "bold"), f"  {one.text}"), soft_wrap=True)
    if theirs is None:
        say("Prices were compared with no other table: name one with --table, or install LiteLLM.", "dim")
    say(f"{len(found) or 'Nothing'} to look at.")
    return Exit.SOME_FAILED if found else Exit.OK


def _findings(limner: Assembly, table: Table | None) -> Iterator[Finding]:
    today, catalog = limner.clock.now().date(), limner.catalog
    for one in leaving(catalog, today=today):
        heir = f"; then {one.successor.id}{difference(one)}" if one.successor else "; no successor is named"
        yield Finding("leaving", one.model.id, f"leaves {one.when}{heir}")
    for model in stale(catalog.all(), today=today):
        yield Finding("old", model.id, f"was last checked on {model.checked_on}: {model.source}")
    for other in disagreements(catalog.all(), table or {}, today=today):
        yield Finding("disagreement", other.model.id, _told(other))


async def _lists(limner: Assembly) -> list[Finding]:
    """What the lists of providers whose key is there say otherwise; who cannot be asked is told of."""
    found: list[Finding] = []
    async with limner:
        today, models = limner.clock.now().date(), limner.catalog.all()
        for slug in limner.catalog.providers():
            try:
                listed = await listed_by(slug, limner.makers, limner.transport)
            except Error as error:
                say(f"{slug} was not asked for its list: {error.message}", "dim")
                continue
            own = [model for model in models if model.provider == slug]
            told = differences(slug, own, listed, today=today) if listed is not None else ()
            found += [Finding("list", one.model, one.text) for one in told]
    return found


def _told(one: Disagreement) -> str:
    return f"{one.what}: {one.ours} here ({one.model.source}), {one.theirs} in LiteLLM's {one.entry}"


def _installed() -> Path | None:
    """The table that LiteLLM ships. It is found without being imported, which takes seconds."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name(_SHIPPED)
    return path if path.is_file() else None


def _table(path: Path | None) -> Table | None:
    if path is None:
        return None
    try:
        raw: object = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} is no table of prices: {error}.",
            code="invalid_table",
            field="table",
            remedy=f"Name LiteLLM's {_SHIPPED}.",
        ) from None
    entries = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    return {
        name: cast("dict[str, object]", entry) for name, entry in entries.items() if isinstance(entry, dict)
    }
