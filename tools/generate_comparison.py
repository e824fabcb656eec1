"""Writes `docs/providers.md`: the providers side by side, from the catalog and the profiles of the adapters.

python tools/generate_comparison.py            write it
python tools/generate_comparison.py --check    fail when it is not current

What nobody has stated or measured is said to be so. The day is the youngest on which a fact of the
catalog was checked, so that the page changes with the facts and not with the calendar.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from limner.catalog.catalog import Catalog, alive
from limner.catalog.load import load
from limner.catalog.typical import typical_price
from limner.core.adapter import Adapter, Ticket
from limner.core.models import Hosting, Model
from limner.core.money import dollars
from limner.core.operations import Need, Operation
from limner.core.requests import Tier
from limner.painters import registry as painting
from limner.providers import registry as speaking

TARGET: Final = Path(__file__).resolve().parent.parent / "docs" / "providers.md"
_MASKED: Final = (Operation.INPAINT, Operation.ERASE)
_SILENT: Final = "not stated"

HEAD: Final = """# Providers side by side

Written by `tools/generate_comparison.py` from the catalog as of {day}: every price and limit there has its
source and its day (`limner models --json`). What your own deployments are like is for your `limner.toml` to
say ([which model](routing.md)).

"""
PRICES: Final = """## Price, quality, mask

The price of one picture of the usual size from a short prompt, from the cheapest to the dearest living
model. *Takes a mask* counts the models that have one; all others keep to it too, because Limner cuts the
region out and puts back what the mask covers.

"""
SPEED: Final = """## Speed and reliability

No provider publishes a time or a rate of success that could be compared, and a call for measuring would
cost money. Limner measures what you make: `limner providers` has the success rate and the median seconds,
and the strategy `fastest` goes by them. What can be said beforehand is what becomes of a connection that
breaks: *asked for again* is work with a ticket, which a lost connection or a killed process does not lose
(some providers have it for part of their models); *one answer* is a call whose answer is the picture, so
that a lost one is held as unknown and never sent again.

"""
PLACES: Final = """## Where pictures go, and what becomes of them

A wish for a region (`--region eu`) is satisfied by a stated region, or by an address of the provider's own
for it, to which the call then goes. *Not stated* never satisfies one.

"""


@dataclass(frozen=True)
class Row:
    """One provider."""

    slug: str
    title: str
    models: tuple[Model, ...]
    adapter: Adapter | None
    """Absent: it paints in this process."""

    @property
    def priced(self) -> list[Decimal]:
        """What one picture costs on each model, where that is known in dollars."""
        found = [typical_price(model, _usual(model)) for model in self.models]
        return sorted(price.usd for price in found if price is not None and price.usd is not None)


def rows(catalog: Catalog, today: date) -> Iterator[Row]:
    """Every provider with a living model, in the order in which equals are tried."""
    living: dict[str, list[Model]] = {}
    for model in catalog.all():
        if alive(model, today):
            living.setdefault(model.provider, []).append(model)
    for slug, models in living.items():
        painter, adapter = painting.get(slug), speaking.get(slug)
        title = painter.title if painter else adapter.profile.title if adapter else slug
        yield Row(slug, title, tuple(models), None if painter else adapter)


def page(catalog: Catalog) -> str:
    """The whole page."""
    today = max(model.checked_on for model in catalog.all())
    found = list(rows(catalog, today))
    return (
        "".join(
            [
                HEAD.format(day=today.isoformat()),
                PRICES,
                _table(
                    ("provider", "models", "one picture", "tiers", "takes a mask"),
                    (
                        (each.title, str(len(each.models)), _price(each), _tiers(each), _mask(each))
                        for each in found
                    ),
                ),
                SPEED,
                _table(
                    ("provider", "speed", "an answer", "idempotency key", "stopped half-way"),
                    ((each.title, *_reliability(each)) for each in found),
                ),
                PLACES,
                _table(
                    ("provider", "regions", "what it says becomes of what it is sent"),
                    ((each.title, _regions(each), _terms(each)) for each in found),
                ),
            ]
        ).rstrip("\n")
        + "\n"
    )


def _usual(model: Model) -> Operation:
    return Operation.GENERATE if model.can(Operation.GENERATE) else next(iter(model.abilities))


def _price(row: Row) -> str:
    prices, silent = row.priced, len(row.models) - len(row.priced)
    if not prices:
        return "set by the operator" if _own(row) else "not published"
    least, most = dollars(prices[0]), dollars(prices[-1])
    text = "free" if prices[-1] == 0 else least if least == most else f"{least} to {most}"
    return f"{text}; {silent} without a price" if silent else text


def _tiers(row: Row) -> str:
    counts = {tier: sum(model.tier is tier for model in row.models) for tier in Tier}
    return ", ".join(f"{tier.value} {count}" for tier, count in counts.items() if count)


def _mask(row: Row) -> str:
    able = [model for model in row.models if any(model.can(each) for each in _MASKED)]
    if not able:
        return "edits nothing"
    takes = sum(_takes_mask(model) for model in able)
    return f"{takes} of {len(able)}"


def _takes_mask(model: Model) -> bool:
    abilities = (model.abilities[each] for each in _MASKED if model.can(each))
    real = (model.abilities[each.through] if each.through else each for each in abilities)
    return model.mask is not None and any(each.mask is not Need.UNUSED for each in real)


def _reliability(row: Row) -> tuple[str, str, str, str]:
    if row.adapter is None:
        return "measured, in `bench/README.md`", "here", "not needed", "yes"
    profile = row.adapter.profile
    stopped = f"yes, billed: {profile.billed_when_cancelled}" if profile.cancellable else "no"
    return "not measured", _answers(row.adapter), profile.idempotency or "no", stopped


def _answers(adapter: Adapter) -> str:
    try:
        adapter.check(Ticket("task", "/task"))
    except TypeError:
        return "one answer"
    return "asked for again"


def _regions(row: Row) -> str:
    if _here(row):
        return "this machine"
    stated = {model.regions for model in row.models} - {()}
    texts = [" and ".join(regions) for regions in sorted(stated)]
    own = {tuple(model.addresses.items()) for model in row.models} - {()}
    texts += [f"{region}: {url.removeprefix('https://')}" for known in sorted(own) for region, url in known]
    return ", ".join(texts) or ("the operator's own server" if _own(row) else _SILENT)


def _terms(row: Row) -> str:
    if _here(row):
        return "nothing leaves"
    counts: dict[str, int] = {}
    for model in row.models:
        if model.data_terms:
            counts[model.data_terms] = counts.get(model.data_terms, 0) + 1
    if len(counts) == 1 and sum(counts.values()) == len(row.models):
        return next(iter(counts))
    return " ".join(f"{text} ({count} models)" for text, count in counts.items()) or _SILENT


def _here(row: Row) -> bool:
    return all(model.hosting is Hosting.HERE for model in row.models)


def _own(row: Row) -> bool:
    return all(model.hosting is Hosting.OWN for model in row.models)


def _table(heads: Iterable[str], cells: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def main() -> int:
    """Write the page, or compare it."""
    wanted = page(load())
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(wanted, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"docs/{TARGET.name} is not current: run python tools/generate_comparison.py.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
