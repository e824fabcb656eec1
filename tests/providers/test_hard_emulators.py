"""Whatever is asked of the hard vendors: what we send, their emulators take, or we refuse it ourselves."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner.assembly import assemble
from limner.catalog.load import load
from limner.core.errors import UserError
from limner.core.models import Lifecycle, Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Format, Margins, Mask, Picture, Reference, Size
from limner.core.requests import Background, Request, Tier
from limner.core.results import Result
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.engine.vendors import HARD, hole, photograph, plainest, png
from tests.engine.vendors import settings as settings_for
from tests.providers.orders import VALUES
from tests.support.clock import SkippingClock

FIRST = {"fal", "novelai", "stability"}
"""Who has values of options here; those of the others are in `orders`."""
LIVE = {
    slug: [one for one in load().all() if one.provider == slug and one.lifecycle is not Lifecycle.RETIRED]
    for slug in HARD
}
MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=30).filter(str.strip)
PART = st.floats(0, 1)

CHARACTERS = st.fixed_dictionaries(
    {"prompt": WORDS}, optional={"uc": WORDS, "center": st.just({"x": 0.3, "y": 0.7})}
)

OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    # Stability
    "grow_mask": st.floats(0, 100),
    "creativity": PART,
    "control_strength": PART,
    "composition_fidelity": PART,
    "foreground_prompt": WORDS,
    "preserve_original_subject": PART,
    "original_background_depth": PART,
    "light_source_direction": st.sampled_from(["left", "right", "above", "below"]),
    "light_source_strength": PART,
    # fal
    "queue_priority": st.sampled_from(["normal", "low"]),
    "store_io": st.booleans(),
    "expiration_duration_seconds": st.integers(1, 10_000),
    "sync_mode": st.booleans(),
    "acceleration": st.sampled_from(["none", "regular", "high"]),
    "enable_safety_checker": st.booleans(),
    "safety_tolerance": st.sampled_from(["1", "2", "3", "4", "5"]),
    "enhance_prompt": st.booleans(),
    "expand_prompt": st.booleans(),
    "raw": st.booleans(),
    "limit_generations": st.booleans(),
    "enable_web_search": st.booleans(),
    "colors": st.just([{"r": 1, "g": 2, "b": 3}]),
    "style_preset": st.sampled_from(["BAUHAUS", "ART_DECO"]),
    "use_turbo": st.booleans(),
    "model": st.sampled_from(["General Use (Light)", "Portrait"]),
    "operating_resolution": st.sampled_from(["1024x1024", "2048x2048"]),
    "output_mask": st.booleans(),
    "refine_foreground": st.booleans(),
    "resemblance": PART,
    # NovelAI
    "sampler": st.sampled_from(["k_euler", "k_dpmpp_2m", "ddim_v3"]),
    "noise_schedule": st.sampled_from(["native", "karras"]),
    "cfg_rescale": PART,
    "sm": st.booleans(),
    "sm_dyn": st.booleans(),
    "dynamic_thresholding": st.booleans(),
    "skip_cfg_above_sigma": st.floats(0, 100),
    "ucPreset": st.integers(0, 4),
    "qualityToggle": st.booleans(),
    "characterPrompts": st.lists(CHARACTERS, max_size=2),
    "noise": st.floats(0, 0.99),
    "extra_noise_seed": st.integers(0, 2**32 - 1),
    "color_correct": st.booleans(),
    "information_extracted": st.floats(0.1, 1),
    "fidelity": PART,
    "emotion": st.sampled_from(["happy", "sad"]),
    "defry": st.integers(0, 5),
    "declared_blur_sigma": st.sampled_from([0.0, 0.3]),
    "lang": st.sampled_from(["en", "jp"]),
}  # fmt: skip
BACKGROUNDS: list[Background | None] = [None, "auto", "opaque", "transparent"]


class Wish:
    """A request that prints without its pictures."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __repr__(self) -> str:
        told = {field.name: getattr(self.request, field.name) for field in dataclasses.fields(Request)}
        plain = {name: value for name, value in told.items() if value and name not in {"images", "mask"}}
        return f"Wish({plain})"


@st.composite
def wishes(draw: st.DrawFn, slug: str) -> Wish:
    """Anything somebody might ask of a provider."""
    model = draw(st.sampled_from(LIVE[slug]))
    operation = draw(st.sampled_from(list(model.abilities)))
    fields: dict[str, Any] = {
        "negative_prompt": draw(st.none() | WORDS),
        "size": draw(st.none() | st.builds(Size, st.integers(64, 900), st.integers(64, 900))),
        "aspect_ratio": draw(st.none() | st.sampled_from(["1:1", "16:9", "2:3"])),
        "quality": draw(st.none() | st.sampled_from(Tier)),
        "n": draw(st.integers(1, 2)),
        "seed": draw(st.none() | st.integers(0, 2**32)),
        "strength": draw(st.none() | PART),
        "guidance": draw(st.none() | st.floats(0, 30)),
        "steps": draw(st.none() | st.integers(1, 60)),
        "style": draw(st.none() | st.sampled_from([*model.limits.styles[:3], "noir"])),
        "format": draw(st.none() | st.sampled_from([Format.PNG, Format.JPEG, Format.WEBP])),
        "background": draw(st.sampled_from(BACKGROUNDS)),
        "partial_images": draw(st.integers(0, 2)),
        "user": draw(st.none() | st.just("u-1")),
        "options": draw(options(model, operation)),
    }
    if operation is Operation.TOOL:
        fields |= {"tool": draw(st.sampled_from(model.limits.tools)), "prompt": draw(st.just("") | WORDS)}
    if operation is Operation.OUTPAINT:
        fields |= {
            "margins": Margins(left=draw(st.integers(1, 90)), bottom=draw(st.integers(0, 90))),
            "size": None,
        }
    if operation is Operation.UPSCALE:
        fields |= {"scale": draw(st.none() | st.sampled_from([1.5, 2.0, 4.0])), "size": None}
    if NEEDS[operation].mask is Need.OPTIONAL and draw(st.booleans()):
        fields["mask"] = Mask(Picture(png(hole())))
    many = draw(st.integers(model.limits.least_references, min(model.limits.references, 3)))
    roles = model.limits.roles
    if many:
        shown = [Picture(photograph(seed=place)) for place in range(many)]
        fields["references"] = tuple(Reference(one, draw(st.sampled_from(roles))) for one in shown)
    return Wish(plainest(model, operation, **fields))


@st.composite
def options(draw: st.DrawFn, model: Model, operation: Operation) -> dict[str, object]:
    own: Any = model.extras.get("operation_options", {})
    taken: Any = own.get(operation.value, model.extras.get("options", ()))
    able: Any = model.extras.get("values", {})
    values = {**VALUES, **(OPTIONS if model.provider in FIRST else {})}
    known = [name for name in taken if name in values]
    chosen = draw(st.lists(st.sampled_from(known), unique=True, max_size=3)) if known else []
    return {name: draw(st.sampled_from(able[name]) if name in able else values[name]) for name in chosen}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates=dict.fromkeys(HARD, 1_000_000)) as sandbox:
        yield sandbox


@MANY
@given(wish=wishes("stability"))
async def test_what_we_send_to_stability_is_accepted(running: RunningSandbox, wish: Wish):
    await accepted(running, wish.request)


@MANY
@given(wish=wishes("fal"))
async def test_what_we_send_to_fal_is_accepted(running: RunningSandbox, wish: Wish):
    await accepted(running, wish.request)


@MANY
@given(wish=wishes("novelai"))
async def test_what_we_send_to_novelai_is_accepted(running: RunningSandbox, wish: Wish):
    await accepted(running, wish.request)


@pytest.mark.parametrize("slug", sorted(set(HARD) - FIRST))
@MANY
@given(data=st.data())
async def test_what_we_send_is_accepted(running: RunningSandbox, slug: str, data: st.DataObject):
    await accepted(running, data.draw(wishes(slug)).request)


async def accepted(running: RunningSandbox, wish: Request) -> None:
    """Fail unless the wish ends in pictures, or with our own refusal before anything is sent."""
    running.reset()
    result = await outcome(running, wish)
    if result is None:
        assert not running.bill.charges(), "what we refuse ourselves costs nothing"
        return
    assert result.images or wish.operation is Operation.SUGGEST_TAGS
    for image in result.images:
        assert wish.size is None or wish.tool or image.picture.size == wish.size
        assert wish.format is None or image.picture.media_type == wish.format.media_type
        assert image.measured.changed_outside_mask in {None, 0} or wish.format is Format.JPEG


async def outcome(running: RunningSandbox, wish: Request) -> Result | None:
    """What becomes of a wish. Absent: Limner refused it before anything was sent."""
    async with assemble(settings_for(running), clock=SkippingClock()) as limner:
        try:
            return await limner.engine.run(wish)
        except UserError:
            return None
