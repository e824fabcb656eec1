"""What is quoted is what is billed: every living model of every vendor reached by HTTP, at its emulator.

The emulators' prices are written from the vendors' documents and know nothing of the catalog, so that
their agreement proves something. Sizes are left to the models: those that vendors
choose are the hardest to bound.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from limner.assembly import Assembly, assemble
from limner.catalog.frame import pasted
from limner.catalog.load import load
from limner.catalog.quote import price_for
from limner.core.errors import Error
from limner.core.models import Lifecycle, Model
from limner.core.money import Certainty, Money, Price
from limner.core.operations import Operation
from limner.core.pictures import Picture
from limner.core.prices import PerImage, PerMegapixel, PerToken, PriceRule, Tariff, Tariffed, Unpublished
from limner.core.requests import Request, Tier
from limner.providers import registry
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.vendors import plainest, png
from tests.support.clock import SkippingClock

ADAPTERS = registry.load_all()
DEAREST: Final = {"USD": Decimal(1), "credits": Decimal("0.01"), "anlas": Decimal("0.0011")}
"""What a unit costs in dollars, at most (the vendors' price pages, autumn 2026)."""
PLACES: Final = {
    "openai-compatible/localai": "/localai/v1",
    "openai-compatible/vllm-omni": "/vllm/v1",
    "openai-compatible/sglang": "/sglang/v1",
}
"""Where the emulator has a server of a kind, for a provider that is many servers."""
NAMED: Final = """
[models."openai-compatible/localai".wire]
model = "stablediffusion"
"""
"""What only its operator knows: which model runs there."""
GREY: Final = Picture(png(np.full((128, 160, 3), 128, np.uint8)))
"""What is quick to repaint."""
TOOLS: Final = {"emotion": {"emotion": "happy"}}
"""What a vendor's tool must be told besides."""


@dataclass(frozen=True)
class Ask:
    """One plain request."""

    model: Model
    operation: Operation
    quality: Tier | None = None
    tool: str | None = None

    def __str__(self) -> str:
        parts = (self.model.id, self.operation, self.quality, self.tool)
        return " ".join(str(part) for part in parts if part is not None)

    @property
    def request(self) -> Request:
        if self.tool is None:
            plain = plainest(self.model, self.operation, quality=self.quality)
        else:
            options = TOOLS.get(self.tool, {})
            plain = plainest(self.model, self.operation, prompt="", tool=self.tool, options=options)
        return plain.replace(images=(GREY,) * len(plain.images), allow_fallback=False)

    @property
    def tariffed(self) -> Tariffed | None:
        return price_for(self.model, self.request)


def asks(slug: str) -> Iterator[Ask]:
    """All that is asked of a provider: every model, operation, quality and tool."""
    for model in load().all():
        if model.provider != slug or model.lifecycle is Lifecycle.RETIRED:
            continue
        for operation in model.abilities:
            if operation is Operation.TOOL:
                yield from (Ask(model, operation, tool=tool) for tool in model.limits.tools)
                continue
            yield Ask(model, operation)
            yield from (Ask(model, operation, quality) for quality in model.limits.qualities)


def differing(every: Iterable[Ask]) -> Iterator[Ask]:
    """Every model, and of it what may cost differently: by entry, quality, tool, pictures and regions."""
    seen: set[str] = set()
    for ask in every:
        tariffed = ask.tariffed
        rule = tariffed.rule if tariffed else None
        word = ask.model.limits.qualities.get(ask.quality) if ask.quality and told_apart(rule) else None
        request = ask.request
        sent = (bool(request.images), pasted(request)) if counts_pictures(rule) else None
        key = repr((ask.model.id, tariffed, word, ask.tool, sent))
        if key not in seen:
            seen.add(key)
            yield ask


def told_apart(rule: PriceRule | None) -> bool:
    """Whether another quality is another price."""
    rows = rule.output_tokens if isinstance(rule, PerToken) else ()
    rows = rule.tariffs if isinstance(rule, PerImage) else rows
    curve = isinstance(rule, PerToken) and rule.curve is not None
    return curve or any(row.quality for row in rows)


def counts_pictures(rule: PriceRule | None) -> bool:
    """Whether pictures that are sent cost something."""
    match rule:
        case PerImage():
            return bool(rule.picture_in)
        case PerMegapixel():
            return True  # the result follows them
        case _:
            return isinstance(rule, PerToken)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(rates=dict.fromkeys(ADAPTERS, 1_000_000), polls=0) as running:
        yield running


def limner_at(sandbox: RunningSandbox, slug: str, place: str | None, config: Path) -> Assembly:
    profile = ADAPTERS[slug].profile
    assert profile.base_url_name
    environ = dict.fromkeys(profile.key_names[:1], sandbox.key(slug)) | {
        profile.base_url_name: sandbox.url(slug, place)
    }
    return assemble(Settings(environ=environ, config=config), clock=SkippingClock())


def disagreement(price: Price, billed: dict[str, Decimal], tariffed: Tariffed | None) -> str | None:
    """What is wrong with a quote. `None`: nothing."""
    if price.free:
        return "free, but billed" if billed else None
    if price.kind is Certainty.UNKNOWN:
        known = (price.native, price.usd, price.most) != (None, None, None)
        unpublished = tariffed is None or isinstance(tariffed.rule, Unpublished)
        return None if unpublished and not known else "unknown, though it is published"
    unit = next(iter(billed), "USD")
    amount = billed.get(unit, Decimal(0))
    usd = amount * DEAREST[unit]
    said = f"{amount} {unit} billed"
    if not price.usd:
        return f"quoted as nothing: {said}"
    if price.kind is Certainty.EXACT:
        right = price.native == Money(amount, unit) and price.usd == price.most == usd
        return None if right else f"exactly {price.native}: {said}"
    if price.most is None:
        return f"nothing bounds it: {said}"
    return f"at most ${price.most}: {said}" if usd > price.most else None


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("operator") / "limner.toml"
    path.write_text(NAMED, encoding="utf-8")
    return path


async def wrong(sandbox: RunningSandbox, slug: str, config: Path, asked: Iterable[Ask]) -> list[str]:
    """Every disagreement between the quotes and the bill of one provider."""
    found: list[str] = []
    for place, there in groupby(asked, key=lambda ask: PLACES.get(ask.model.id)):
        async with limner_at(sandbox, slug, place, config) as limner:
            found += [said for ask in there if (said := await compared(sandbox, limner, ask))]
    return found


async def compared(sandbox: RunningSandbox, limner: Assembly, ask: Ask) -> str | None:
    """What is wrong with one quote. `None`: nothing."""
    sandbox.reset()
    request = ask.request
    try:
        quoted = await limner.engine.quote(request)
        await limner.engine.run(request)
    except Error as error:
        return f"{ask}: {error!r}"
    said = disagreement(quoted.price, sandbox.bill.totals(), ask.tariffed)
    return said and f"{ask}: {said} ({quoted.price.arithmetic})"


@pytest.mark.row("P4")
@pytest.mark.parametrize("slug", sorted(ADAPTERS))
async def test_what_is_quoted_is_what_is_billed(slug: str, sandbox: RunningSandbox, config: Path):
    asked = list(differing(asks(slug)))
    assert {ask.model.id for ask in asked} == {ask.model.id for ask in asks(slug)}
    assert await wrong(sandbox, slug, config, asked) == []


@pytest.mark.soak
@pytest.mark.row("P4")
@pytest.mark.parametrize("slug", sorted(ADAPTERS))
async def test_every_operation_and_quality_is_billed_as_quoted(
    slug: str, sandbox: RunningSandbox, config: Path
):
    assert await wrong(sandbox, slug, config, asks(slug)) == []


def test_a_disagreement_is_seen():
    """Or the tests above would prove nothing."""
    cent, cents = Decimal("0.01"), {"USD": Decimal("0.02")}
    tariffed = Tariffed(PerImage((Tariff(cent),)))
    exact = Price(Certainty.EXACT, Money(cent), cent, cent)
    for wrong_ in (
        Price(Certainty.EXACT, Money(Decimal(0)), Decimal(0), Decimal(0)),
        exact,
        Price(Certainty.ESTIMATED, Money(cent), cent, cent),
        Price(Certainty.ESTIMATED, Money(cent), cent, None),
        Price(Certainty.ESTIMATED, Money(Decimal(0)), Decimal(0), cent * 3),
        Price(Certainty.UNKNOWN),
    ):
        assert disagreement(wrong_, cents, tariffed), wrong_
    assert disagreement(exact, {"USD": cent}, tariffed) is None
