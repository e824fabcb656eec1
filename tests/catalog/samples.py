"""Models, requests and generated values for the tests of the catalog."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from limner.core.models import Ability, FreeSizes, InputNeeds, Limits, MaskNeeds, Model, Sizes
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import NO_MARGINS, Format, Margins, Mask, Picture, Reference, Role, Size
from limner.core.prices import (
    Free,
    PerImage,
    PerMegapixel,
    PerStep,
    PerToken,
    Tariff,
    Tariffed,
    TokenCurve,
    Unpublished,
)
from limner.core.requests import Mode, Request, Tier

TODAY = date(2026, 11, 21)


SOURCE = Size(800, 600)


def picture(size: Size = SOURCE) -> Picture:
    return Picture(b"pixels", "image/png", size)


def mask(size: Size = SOURCE) -> Mask:
    return Mask(picture(size))


def model(name: str = "brush", *, provider: str = "acme", **facts: Any) -> Model:
    """A model that can generate and edit, and takes nothing else unless told."""
    known: dict[str, Any] = {
        "abilities": {
            Operation.GENERATE: Ability(),
            Operation.EDIT: Ability(images=(1, 4), mask=Need.OPTIONAL),
            Operation.INPAINT: Ability(images=(1, 1), mask=Need.REQUIRED),
        },
        "source": "a page",
        "checked_on": TODAY,
        **facts,
    }
    return Model(f"{provider}/{name}", provider, name, **known)


def ask(operation: Operation = Operation.GENERATE, **fields: Any) -> Request:
    """A request with everything its operation needs."""
    needs = NEEDS[operation]
    known: dict[str, Any] = {"prompt": "a kite"}
    if needs.images[0]:
        known["images"] = (picture(),)
    if needs.mask is Need.REQUIRED:
        known["mask"] = mask()
    if operation is Operation.OUTPAINT:
        known["margins"] = Margins(left=64)
    if operation is Operation.TOOL:
        known["tool"] = "acme/lineart"
    return Request(operation, **{**known, **fields})


# --- generated ---------------------------------------------------------------------------

edges = st.integers(1, 4000)
sizes = st.builds(Size, edges, edges)


@st.composite
def free_sizes(draw: st.DrawFn) -> tuple[FreeSizes, Size]:
    """Bounds, and one size that keeps them all: so they are never contradictory."""
    multiple = draw(st.sampled_from([1, 2, 8, 16, 32, 64]))
    width = multiple * draw(st.integers(1, 4096 // multiple))
    height = multiple * draw(st.integers(1, 4096 // multiple))
    short, long = sorted((width, height))
    free = FreeSizes(
        multiple=multiple,
        least_edge=draw(st.integers(1, short)),
        most_edge=draw(st.integers(long, 5000)),
        least_pixels=draw(st.integers(1, width * height)),
        most_pixels=draw(st.integers(width * height, 1 << 25)),
        widest=draw(st.fractions(Fraction(long, short), 5000)),
    )
    return free, Size(width, height)


some_sizes = st.one_of(
    st.just(Sizes()),
    st.builds(lambda fixed: Sizes(fixed=tuple(fixed)), st.lists(sizes, min_size=1, max_size=5)),
    st.builds(lambda pair: Sizes(free=pair[0]), free_sizes()),
    st.just(Sizes(ratios=("1:1", "16:9", "9:16", "3:2"))),
    st.just(Sizes(follows_source=True)),
    st.just(Sizes(default=Size(768, 512))),
)
ranges = st.one_of(st.none(), st.tuples(st.floats(0, 0.4), st.floats(0.5, 1)))
whole_ranges = st.one_of(st.none(), st.tuples(st.integers(0, 5), st.integers(6, 500)))
formats = st.sampled_from(
    [(), (Format.PNG,), (Format.JPEG,), (Format.PNG, Format.JPEG, Format.WEBP), (Format.PNG, Format.SVG)]
)

limits = st.builds(
    Limits,
    prompt=st.sampled_from([None, 20, 400]),
    negative_prompt=st.sampled_from([None, 10, 400]),
    n=st.integers(1, 6),
    seed=whole_ranges,
    strength=ranges,
    guidance=ranges,
    steps=whole_ranges,
    styles=st.sampled_from([(), ("Vivid", "natural")]),
    qualities=st.sampled_from(
        [{}, {Tier.STANDARD: "medium", Tier.HIGH: "high"}, {tier: tier.value for tier in Tier}]
    ),
    backgrounds=st.sampled_from([(), ("auto", "opaque"), ("auto", "opaque", "transparent")]),
    formats=formats,
    single=st.sampled_from([(), (Format.SVG,)]),
    compression=st.booleans(),
    partial_images=st.sampled_from([None, 3]),
    references=st.integers(0, 4),
    pictures=st.sampled_from([None, 3, 8]),
    roles=st.sampled_from([(), (Role.STYLE,)]),
    reference_strength=st.booleans(),
    scales=st.sampled_from([(), (2.0, 4.0)]),
    tools=st.sampled_from([(), ("lineart",)]),
)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any model: each operation native, emulated or missing."""
    edit = Ability(images=(1, 4), mask=draw(st.sampled_from(list(Need))))
    abilities = {Operation.EDIT: edit}
    for operation in Operation:
        needs = NEEDS[operation]
        kind = draw(st.sampled_from(["native", "emulated", "missing"]))
        if operation is Operation.EDIT or kind == "missing":
            continue
        emulated = kind == "emulated" and needs.images[0] > 0
        abilities[operation] = Ability(
            prompt=draw(st.sampled_from(list(Need))),
            images=needs.images,
            mask=draw(st.sampled_from(list(Need))),
            through=Operation.EDIT if emulated else None,
            instruction=draw(st.sampled_from([None, "Do it.", "Do it to {search}."])) if emulated else None,
            size=draw(st.booleans()),
        )
    return model(
        abilities=MappingProxyType(abilities),
        sizes=draw(some_sizes),
        mask=draw(st.sampled_from([None, MaskNeeds()])),
        inputs=InputNeeds(),
        limits=draw(limits),
    )


def _maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), strategy)


prompts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request that passes `core.requests.check`, or nearly so."""
    operation = draw(st.sampled_from(Operation))
    least, most = NEEDS[operation].images
    count = draw(st.integers(least, min(most, 3)))
    margins = Margins(left=draw(st.integers(1, 50))) if operation is Operation.OUTPAINT else NO_MARGINS
    masked = NEEDS[operation].mask
    return Request(
        operation,
        prompt=draw(prompts),
        negative_prompt=draw(_maybe(prompts)),
        images=tuple(picture() for _ in range(count)),
        references=tuple(
            Reference(picture(), role, strength)
            for role, strength in draw(
                st.lists(st.tuples(st.sampled_from(Role), st.sampled_from([None, 0.5])), max_size=3)
            )
        ),
        mask=mask() if masked is Need.REQUIRED or (masked is Need.OPTIONAL and draw(st.booleans())) else None,
        size=draw(st.one_of(st.none(), sizes)),
        aspect_ratio=draw(st.sampled_from([None, "16:9", "1:1", "7:5"])),
        quality=draw(st.one_of(st.none(), st.sampled_from(Tier))),
        n=draw(st.integers(1, 20)),
        seed=draw(st.one_of(st.none(), st.integers(0, 1000))),
        strength=draw(st.one_of(st.none(), st.floats(0, 1))),
        guidance=draw(st.one_of(st.none(), st.floats(0, 100))),
        steps=draw(st.one_of(st.none(), st.integers(1, 1000))),
        style=draw(st.sampled_from([None, "vivid", "natural", "baroque"])),
        format=draw(st.one_of(st.none(), st.sampled_from(Format))),
        compression=draw(st.one_of(st.none(), st.integers(0, 100))),
        background=draw(st.sampled_from([None, "auto", "opaque", "transparent"])),
        margins=margins,
        search=draw(st.sampled_from([None, "the hat"])),
        scale=draw(st.sampled_from([None, 2.0, 3.0, 16.0])),
        tool="acme/lineart" if operation is Operation.TOOL else draw(st.sampled_from([None, "acme/lineart"])),
        options=draw(st.sampled_from([{}, {"moderation": "low"}])),
        partial_images=draw(st.integers(0, 5)),
        mode=draw(st.sampled_from(Mode)),
        user=draw(st.sampled_from([None, "somebody"])),
    )


amounts = st.decimals(Decimal("0.0001"), Decimal(50), places=4)
tariffs = st.lists(
    st.builds(
        Tariff,
        amount=amounts,
        quality=st.sampled_from([None, "medium", "high"]),
        size=st.sampled_from([None, "1024x1024", "512x512"]),
    ),
    min_size=1,
    max_size=4,
).map(tuple)
rules = st.one_of(
    st.builds(PerImage, tariffs),
    st.builds(
        PerToken,
        text_in=amounts,
        image_in=amounts,
        image_out=amounts,
        text_out=st.one_of(st.none(), amounts),
        output_tokens=st.one_of(
            st.just(()),
            st.lists(
                st.builds(
                    Tariff,
                    amount=st.integers(1, 9000).map(Decimal),
                    quality=st.sampled_from([None, "medium", "high"]),
                    size=st.sampled_from([None, "1024x1024"]),
                ),
                max_size=3,
            ).map(tuple),
        ),
        curve=st.one_of(st.none(), st.just(TokenCurve({"medium": 48, "high": 96}))),
        most_output_tokens=st.sampled_from([None, 50_000]),
        input_image_tokens=st.integers(0, 2000),
        partial_tokens=st.sampled_from([0, 100]),
    ),
    st.builds(
        PerMegapixel,
        amount=amounts,
        first=st.one_of(st.none(), amounts),
        round_up=st.booleans(),
        counts_input=st.booleans(),
    ),
    st.builds(
        PerStep,
        amount=amounts,
        default_steps=st.integers(1, 50),
        times_megapixels=st.booleans(),
        base=st.sampled_from([Decimal(0), Decimal("0.5")]),
    ),
    st.just(Free()),
    st.just(Unpublished()),
)
priced = st.builds(
    Tariffed,
    rule=rules,
    unit=st.sampled_from(["USD", "credits"]),
    usd_per_unit=st.one_of(st.none(), st.just(Decimal("0.01"))),
).map(lambda one: one if one.unit != "USD" else Tariffed(one.rule, one.operations))
