"""Writes `docs/providers/<slug>.md`, a page for each provider, and their places in `mkdocs.yml`.

python tools/generate_provider_pages.py            write them
python tools/generate_provider_pages.py --check    fail when one is not current

Facts come from the catalog, the adapter's profile, options and exchanges, and from `proof.toml` in its
folder: what shows that it speaks as the vendor does, and what is *unproven*.
"""

import ast
import inspect
import itertools
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from limner.catalog.catalog import Catalog, alive
from limner.catalog.load import load
from limner.catalog.matrix import How, matrix
from limner.catalog.typical import typical_price
from limner.conformance.document import Document
from limner.core.adapter import Adapter
from limner.core.models import Limits, MaskNeeds, Model, Sizes
from limner.core.money import Price, dollars
from limner.providers import registry

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = ROOT / "docs" / "providers"
NAVIGATION: Final = ROOT / "mkdocs.yml"
NAMED: Final = re.compile(r"(  - Providers one by one:\n)(?:      - .*\n)*")
LIVE: Final = ROOT / "tests" / "live" / "recorded"


def page(slug: str, adapter: Adapter, catalog: Catalog, today: date) -> str:
    """One provider's page."""
    models = [model for model in catalog.all() if model.provider == slug]
    living = [model for model in models if alive(model, today)]
    parts = [
        f"# {adapter.profile.title}\n\nWritten by `tools/generate_provider_pages.py`: do not edit.\n",
        *_reached(adapter),
        "## Operations\n",
        _table(("operation", "", "how"), _operations(slug, catalog, today)),
        "## Models\n",
        _table(("model", "does", "sizes", "limits", "mask"), (_model(model) for model in living)),
        *_gone([model for model in models if model not in living]),
        "## Prices\n",
        "One picture of the usual size; what a request costs is said before it is sent (`limner quote`).\n",
        _table(("model", "one picture", "read at", "on"), (_price(model) for model in living)),
        *_options(adapter, living),
        *_errors(slug),
        *_proof(slug),
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _reached(adapter: Adapter) -> Iterator[str]:
    profile = adapter.profile
    key = " or ".join(f"`{name}`" for name in profile.key_names) or "none"
    rows = [
        ("name", f"`{profile.slug}`"),
        ("key", key + (", not needed" if profile.key_optional else "")),
        ("address", profile.base_url or "the operator's"),
        ("another address", f"`{profile.base_url_name}`" if profile.base_url_name else "no"),
        ("calls at once, for a key", str(profile.concurrency)),
        ("work can be stopped", "yes" if profile.cancellable else "no"),
        ("billed when stopped", profile.billed_when_cancelled if profile.cancellable else "–"),
        ("keys are made at", profile.homepage or "–"),
    ]
    yield _table(("", ""), rows)


def _operations(slug: str, catalog: Catalog, today: date) -> Iterator[tuple[str, str, str]]:
    for cell in matrix(catalog, today=today, providers=[slug]):
        how = {How.NATIVE: "native", How.EMULATED: "by other means", How.NONE: "no"}[cell.how]
        names = ", ".join(f"`{model.name}`" for model in cell.models[:3])
        more = f" and {len(cell.models) - 3} more" if len(cell.models) > 3 else ""  # noqa: PLR2004 - as above
        yield f"`{cell.operation.value}`", how, ": ".join(part for part in (names + more, cell.text) if part)


def _model(model: Model) -> tuple[str, ...]:
    does = ", ".join(one.value for one, ability in model.abilities.items() if ability.through is None)
    last = f"; until {model.shutdown_on}" if model.shutdown_on else ""
    tier = model.tier.value
    return (
        f"`{model.name}` ({tier}{last})",
        does,
        _sizes(model.sizes),
        _limits(model.limits),
        _mask(model.mask),
    )


def _sizes(sizes: Sizes) -> str:
    parts: list[str] = []
    if sizes.free:
        edges = f"{sizes.free.least_edge} to {sizes.free.most_edge} a side"
        parts.append(edges + (f", multiples of {sizes.free.multiple}" if sizes.free.multiple > 1 else ""))
    if sizes.fixed:
        parts.append(" ".join(str(size) for size in sizes.fixed[:4]) + (" …" if sizes.fixed[4:] else ""))
    if sizes.ratios:
        parts.append(" ".join(sizes.ratios[:5]) + (" …" if sizes.ratios[5:] else ""))
    if sizes.follows_source or sizes.follows_shape:
        parts.append("an edit like its source")
    return "; ".join(parts) or "its own"


def _limits(limits: Limits) -> str:
    ranges = {
        "seed": limits.seed,
        "steps": limits.steps,
        "guidance": limits.guidance,
        "strength": limits.strength,
    }
    parts = [f"n {limits.n}"] if limits.n > 1 else []
    parts += [f"prompt {limits.prompt}"] if limits.prompt else []
    parts += ["negative prompt"] if limits.negative_prompt is not None else []
    parts += [f"{name} {_short(least)}–{_short(most)}" for name, (least, most) in _known(ranges)]
    if limits.references:
        parts.append(f"references {limits.references} ({', '.join(role.value for role in limits.roles)})")
    parts += [f"qualities {', '.join(limits.qualities.values())}"] if limits.qualities else []
    parts += [", ".join(one.value for one in limits.formats)] if limits.formats else []
    parts += [f"previews {limits.partial_images}"] if limits.partial_images else []
    parts += [f"tools {', '.join(limits.tools)}"] if limits.tools else []
    return "; ".join(parts) or "–"


def _short(number: float) -> str:
    return f"{int(number)}" if number == int(number) else f"{number:g}"


def _known(ranges: dict[str, Any]) -> Iterator[tuple[str, tuple[float, float]]]:
    return ((name, bounds) for name, bounds in ranges.items() if bounds is not None)


def _mask(mask: MaskNeeds | None) -> str:
    if mask is None:
        return "Limner's: cut out, put back"
    painted = "transparent" if mask.encoding == "alpha" else mask.polarity.removeprefix("repaint_")
    grid = f", on squares of {mask.grid}" if mask.grid > 1 else ""
    return f"{painted} is repainted{grid}"


def _gone(models: list[Model]) -> Iterator[str]:
    if models:
        names = [f"`{one.name}`" + (f" (now `{one.successor}`)" if one.successor else "") for one in models]
        yield f"No longer there: {', '.join(names)}.\n"


def _price(model: Model) -> tuple[str, str, str, str]:
    sources = dict.fromkeys(price.source for price in model.prices if price.source) or {model.source: None}
    by_price: dict[str, list[str]] = {}
    for operation, ability in model.abilities.items():
        if ability.through is None:
            by_price.setdefault(_told(typical_price(model, operation)), []).append(operation.value)
    told = [
        text if len(by_price) == 1 else f"{text} ({', '.join(names)})" for text, names in by_price.items()
    ]
    unsure = ", unconfirmed" if any(price.uncertain for price in model.prices) else ""
    return f"`{model.name}`", "; ".join(told) + unsure, " · ".join(sources), str(model.checked_on)


def _told(price: Price | None) -> str:
    if price is None:
        return "by what is asked"
    if price.free:
        return "free"
    native = (
        f"{price.native.amount:f} {price.native.unit}" if price.native and price.native.unit != "USD" else ""
    )
    usd = f"{price.kind.value} {dollars(price.usd)}" if price.usd is not None else "unknown"
    return f"{native}, {usd}" if native else usd


def _options(adapter: Adapter, models: list[Model]) -> Iterator[str]:
    known: dict[str, str] = {}
    body: Any = ast.parse(inspect.getsource(adapter.options)).body[0]
    for field, after in itertools.pairwise([*body.body, ast.Pass()]):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = (
                after.value.value
                if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                else ""
            )
            known[field.target.id] = " ".join(str(text).split())
    rows = [(f"`{name}`", text, _takers(name, models)) for name, text in known.items()]
    if rows:
        yield "## Options\n"
        yield "By the vendor's names, as `options`; an unknown one is refused.\n"
        yield _table(("option", "", "models"), rows)


def _takers(name: str, models: list[Model]) -> str:
    taking = [model.name for model in models if _takes(name, model)]
    if len(taking) == len(models):
        return "all"
    more = f" and {len(taking) - 3} more" if len(taking) > 3 else ""  # noqa: PLR2004 - as above
    return ", ".join(f"`{one}`" for one in taking[:3]) + more or "none that lives"


def _takes(name: str, model: Model) -> bool:
    """Whether a model takes an option. One that lists none takes all."""
    extras: Any = model.extras
    if "options" not in extras and "operation_options" not in extras:
        return True
    return name in {
        *extras.get("options", ()),
        *itertools.chain(*extras.get("operation_options", {}).values()),
    }


def _errors(slug: str) -> Iterator[str]:
    """What its exchanges end with that did not end well: every documented error is among them."""
    rows: dict[tuple[str, ...], None] = {}
    for path in sorted((ROOT / "tests" / "providers" / slug / "exchanges").glob("*.json")):
        outcome: Any = json.loads(path.read_text(encoding="utf-8"))["outcome"] or {}
        ends: list[Any] = [outcome, *filter(None, outcome.get("events", ()))]
        for facts in (end["raises"] for end in ends if "raises" in end):
            said = (str(facts.get("status", "in a stream")), str(facts.get("vendor_code", "–")))
            rows[*said, facts["kind"], facts.get("again", "never"), facts["billed"]] = None
    if rows:
        yield "## Errors\n"
        yield "*Again*: whether the same or another model may be asked; *billed*: whether it may cost.\n"
        yield _table(("status", "its code", "becomes", "again", "billed"), sorted(rows))


def _proof(slug: str) -> Iterator[str]:
    path = ROOT / "src" / "limner" / "providers" / slug.replace("-", "_") / "proof.toml"
    known: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    document = Document.bundled(slug)
    also = document.also if document else ()
    unproven = [(f"*{one['what']}*", one["why"]) for one in known.get("unproven", ())]
    unproven += [(f"*`{one['field']}`*, besides the document", one["source"]) for one in also]
    if not (LIVE / slug).exists():
        unproven.append(
            (
                "*The live service*",
                "No call with a key was recorded: `pytest --live` makes one picture and one edit.",
            )
        )
    yield "## What shows it\n"
    yield (
        "".join(f"- {one}\n" for one in known.get("proved_by", ()))
        or "Only its own exchanges, and the contract's rules.\n"
    )
    yield "## Unproven\n"
    yield "What neither a published document nor anybody's client could show, and why.\n"
    yield _table(("what", "why"), unproven)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([_plain(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _plain(cell: str) -> str:
    return cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def navigation(slugs: Iterable[str]) -> str:
    """`mkdocs.yml` with a place for each page."""
    lines = "".join(f"      - providers/{slug}.md\n" for slug in slugs)
    return NAMED.sub(lambda found: found[1] + lines, NAVIGATION.read_text(encoding="utf-8"))


def wanted() -> dict[Path, str]:
    """What every file should hold. The day is the youngest in the catalog, not the calendar's."""
    catalog = load()
    today = max(model.checked_on for model in catalog.all())
    adapters = registry.load_all()
    pages = {PAGES / f"{slug}.md": page(slug, one, catalog, today) for slug, one in adapters.items()}
    return pages | {NAVIGATION: navigation(adapters)}


def main() -> int:
    """Write the pages, or compare them."""
    files = wanted()
    stale = [path for path in PAGES.glob("*.md") if path not in files]
    if "--check" not in sys.argv[1:]:
        PAGES.mkdir(exist_ok=True)
        for path in stale:
            path.unlink()
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale += [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not current: run python tools/generate_provider_pages.py.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
