"""Models, wishes and circumstances for the tests of routing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from limner.catalog.fit import fit
from limner.catalog.quote import quote
from limner.core.models import Ability, Hosting, Lifecycle, Limits, MaskNeeds, Model
from limner.core.money import Certainty, Money, Price
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Reference, Role, Size
from limner.core.requests import Classification, Request, Strategy, Tier
from limner.policy.routing.facts import Availability, AvailabilityOf, PriceOf, Room, Wishes
from tests.catalog import samples

TODAY = samples.TODAY
PROVIDERS = ("acme", "bolt", "coil")


def price(dollars: str | None) -> Price:
    """Exactly so much; `None`: unknown."""
    if dollars is None:
        return Price(Certainty.UNKNOWN)
    amount = Decimal(dollars)
    return Price(Certainty.EXACT, Money(amount), amount, amount, "as the test says")


def costs(**dollars: str | None) -> PriceOf:
    """Prices by the model's name; a cent where none is said."""
    return lambda model: price(dollars.get(model.name, "0.01"))


def reachable(*down: str) -> AvailabilityOf:
    """Everybody but those named."""
    gone = Availability(available=False, reason="It fails.", layer="breaker")
    return lambda provider, _: gone if provider in down else Availability()


def real_prices(request: Request) -> PriceOf:
    """What the page itself would quote."""
    canvas = request.images[0].size if request.images else None
    return lambda model: quote(fit(request, model, canvas=canvas))


def wishes_of(request: Request, **more: object) -> Wishes:
    """The wishes of a request, said by hand: the tests must not trust what they test."""
    return replace(
        Wishes(
            operation=request.operation,
            today=TODAY,
            words=bool(request.prompt.strip()),
            images=len(request.images),
            canvas=request.images[0].size if request.images else None,
            masked=request.mask is not None,
            references=tuple(reference.role for reference in request.references),
            size=request.size,
            scale=request.scale,
            transparent=request.background == "transparent",
            tool=request.tool,
        ),
        **more,  # pyright: ignore[reportArgumentType]
    )


_REGIONS = st.sampled_from([(), ("eu",), ("eu",), ("us",), ("eu", "us")])
_ADDRESSES = ({"eu": "https://eu.example"}, {"us": "https://us.example", "eu": "https://eu.example"})


def mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """The usual value in most cases: demands that all come together leave nobody."""
    return st.sampled_from([usual] * 6 * len(others) + list(others))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request with what a rule looks at."""
    operation = draw(st.sampled_from(Operation))
    mask = NEEDS[operation].mask
    masked = mask is Need.REQUIRED or (mask is Need.OPTIONAL and draw(st.booleans()))
    roles = draw(mostly((), (Role.STYLE,), (Role.STYLE, Role.SUBJECT)))
    return samples.ask(
        operation,
        prompt=draw(mostly("a kite", "")) or "a kite" * (NEEDS[operation].prompt is Need.REQUIRED),
        mask=samples.mask() if masked else None,
        references=tuple(Reference(samples.picture(), role) for role in roles),
        size=draw(mostly(None, Size(512, 512), Size(1500, 850), Size(4000, 4000))),
        background=draw(mostly(None, "transparent")),
        scale=draw(st.sampled_from([None, 2.0, 3.0, 16.0])),
        search="the hat",
        n=draw(mostly(1, 4)),
    )


@st.composite
def _models(draw: st.DrawFn, operation: Operation, number: int) -> Model:
    needs = NEEDS[operation]
    ability = Ability(
        prompt=draw(mostly(Need.OPTIONAL, *Need)),
        images=draw(mostly(needs.images, (2, 3))),
        mask=draw(st.sampled_from(list(Need))),
        through=Operation.EDIT if needs.images[0] and draw(st.booleans()) else None,
        size=draw(mostly(True, False)),
        without=draw(mostly((), ("references",))),
    )
    edit = Ability(images=(1, 4), mask=draw(st.sampled_from(list(Need))))
    provider = PROVIDERS[number % len(PROVIDERS)]
    return replace(
        samples.model(f"m{number}", provider=provider),
        abilities={Operation.EDIT: edit, draw(mostly(operation, Operation.TOOL)): ability},
        priority=draw(st.integers(0, 30)),
        tier=draw(st.sampled_from(Tier)),
        regions=draw(_REGIONS),
        addresses=draw(mostly({}, *_ADDRESSES)),
        classification=draw(st.sampled_from([None, *Classification])),
        hosting=draw(mostly(Hosting.VENDOR, *Hosting)),
        lifecycle=draw(mostly(Lifecycle.LIVE, *Lifecycle)),
        shutdown_on=draw(mostly(None, TODAY, TODAY - timedelta(1))),
        prices=(draw(samples.priced),),
        extras=MappingProxyType({"procedural": draw(mostly(False, True))}),
        sizes=draw(samples.some_sizes),
        mask=draw(st.sampled_from([None, MaskNeeds()])),
        limits=Limits(
            n=2,
            backgrounds=draw(st.sampled_from([("auto",), ("auto", "transparent")])),
            references=draw(st.integers(0, 4)),
            least_references=draw(mostly(0, 1)),
            pictures=draw(mostly(None, 2)),
            roles=draw(st.sampled_from([(), (Role.STYLE,), (Role.STYLE, Role.SUBJECT)])),
            scales=draw(st.sampled_from([(), (2.0, 4.0)])),
            tools=draw(mostly(("lineart",), ())),
        ),
    )


@st.composite
def fields(draw: st.DrawFn, operation: Operation) -> tuple[Model, ...]:
    """A few models of a few providers."""
    return tuple(draw(_models(operation, number)) for number in range(draw(st.integers(2, 4))))


@st.composite
def circumstances(draw: st.DrawFn, models: tuple[Model, ...]) -> dict[str, object]:
    """What the request and its owner ask besides the picture."""
    ids = [model.id for model in models]
    return {
        "tier": draw(st.sampled_from([None, *Tier])),
        "max_cost": draw(mostly(None, Decimal("0.01"), Decimal(1), Decimal(100))),
        "ceiling": draw(mostly(None, Decimal("0.5"))),
        "room": draw(mostly(None, Room(Decimal("0.02"), left="Two cents."), Room(full="Enough."))),
        "regions": frozenset(draw(mostly((), ("eu",), ("us",), ("eu", "us")))),
        "classification": draw(mostly(None, *Classification)),
        "pin": draw(mostly(None, *ids)),
        "fallback": draw(mostly(True, False)),
        "among": tuple(draw(mostly((), ids[:2], ids[::-1]))),
        "provider": draw(mostly(None, *PROVIDERS)),
        "strategy": draw(st.sampled_from([*Strategy, None])),
    }
