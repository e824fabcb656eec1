"""NovelAI's documents, as they go out."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Order
from limner.core.errors import UserError
from limner.core.http import Framing, Inline, JsonBody
from limner.core.operations import Operation
from limner.core.pictures import Picture, Size
from limner.providers._shared.named import spoken, values
from limner.providers._shared.options import given, refuse
from limner.providers.novelai import references

GENERATE: Final = "/ai/generate-image"
STREAM: Final = "/ai/generate-image-stream"
AUGMENT: Final = "/ai/augment-image"
UPSCALE: Final = "/ai/upscale"
TAGS: Final = "/ai/generate-image/suggest-tags"
SUBSCRIPTION: Final = "/user/subscription"
TOOLS: Final = frozenset({Operation.TOOL, Operation.REMOVE_BACKGROUND})
_ACTIONS: Final[Mapping[Operation, str]] = {
    Operation.GENERATE: "generate",
    Operation.IMG2IMG: "img2img",
    Operation.INPAINT: "infill",
}
_SEEDS: Final = 2**32
_OURS: Final = frozenset({"information_extracted", "fidelity", "characterPrompts"})
"""Options that go in among others."""
_WORDED: Final = frozenset({"colorize", "emotion"})
"""Tools that take words and can be weakened."""


def framing(order: Order) -> Framing | None:
    """How the answer is divided, where previews are asked for."""
    asked = order.stream and order.request.operation in _ACTIONS
    return ("sse" if spoken(order).get("stream") == "sse" else "msgpack") if asked else None


def generation(order: Order) -> JsonBody:
    """The body that has a picture painted.

    Raises:
        UserError: an option or reference does not go with the model or the request.
    """
    wire = spoken(order)
    found = values(order)
    _check(order, found)
    plain = {name: _inline(value) for name, value in found.items() if name not in _OURS}
    size = order.request.size or order.model.sizes.default or Size(1024, 1024)
    told = plain | {"width": size.width, "height": size.height} | references.parameters(order)
    told |= references.captions(order) if wire.get("structured") else {}
    told |= _from_source(order, plain)
    if order.request.background == "transparent":
        told |= {"straight_alpha": True, "tag_hint_transparent_background": True}
    stream = framing(order)
    if stream:
        told["stream"] = stream
    action = _ACTIONS[order.request.operation]
    return JsonBody(
        {"input": order.request.prompt, "model": wire["model"], "action": action, "parameters": told}
    )


def _from_source(order: Order, told: Mapping[str, object]) -> dict[str, object]:
    """What only a picture to start from needs."""
    request = order.request
    if not request.images:
        return {}
    seed = told.get("extra_noise_seed", ((request.seed or 0) - 1) % _SEEDS)
    more: dict[str, object] = {"extra_noise_seed": seed}
    if request.operation is Operation.INPAINT and "inpaintImg2ImgStrength" in told:
        nested = ("noise", "color_correct")
        more["img2img"] = {
            "strength": told["inpaintImg2ImgStrength"],
            "extra_noise_seed": seed,
            **{name: told[name] for name in nested if name in told},
        }
    return more


def _check(order: Order, found: Mapping[str, object]) -> None:
    """Refuse combinations that NovelAI refuses or ignores."""
    options = given(order)
    sampler = str(found.get("sampler"))
    if sampler not in str(order.model.extras.get("samplers")):
        raise refuse(order, "sampler", "Only the third generation has it.")
    if options.get("sm_dyn") and not options.get("sm"):
        raise refuse(order, "sm_dyn", "It needs `sm`.")
    if options.get("sm") and (order.request.images or sampler.startswith("ddim")):
        raise refuse(order, "sm", "It goes neither with a picture to start from nor with `ddim_v3`.")
    for name in ("noise", "extra_noise_seed", "color_correct", "upscaled_enhance"):
        if name in options and not order.request.images:
            raise refuse(order, name, "It is about a picture to start from: give one.")


def tool(order: Order) -> JsonBody:
    """The body that has a director tool work.

    Raises:
        UserError: an option does not go with the tool, or it needs one.
    """
    found = {name: _inline(value) for name, value in values(order).items()}
    name = str(found.setdefault("req_type", (order.request.tool or "").rpartition("/")[2]))
    mood = found.pop("emotion", None)
    for option in ("emotion", "defry"):
        if option in given(order) and name not in ({"emotion"} if option == "emotion" else _WORDED):
            raise refuse(order, option, f"`{name}` has no use for it.")
    if name == "emotion":
        found["prompt"] = f"{_mood(order, mood)};;{order.request.prompt.rpartition(';;')[2]}"
    elif name not in _WORDED and found.pop("prompt", None):
        raise UserError(
            f"`{name}` takes no words.",
            code="unexpected_prompt",
            field="prompt",
            remedy="Leave the prompt out, or use `colorize` or `emotion`.",
        )
    size = order.request.images[0].size or Size(1, 1)
    return JsonBody(found | {"width": size.width, "height": size.height})


def _mood(order: Order, mood: object) -> object:
    said = mood or order.request.prompt.partition(";;")[0] * (";;" in order.request.prompt)
    if not said:
        raise refuse(order, "emotion", "Name the mood, such as `happy`.")
    return said


def tags(order: Order) -> tuple[tuple[str, str], ...]:
    """The query that asks for tags."""
    asked = {"model": str(spoken(order)["model"]), **values(order)}
    return tuple((name, str(value)) for name, value in asked.items())


def upscaling(order: Order) -> JsonBody:
    """The body that has a picture enlarged."""
    found = {name: _inline(value) for name, value in values(order).items()}
    return JsonBody({"model": spoken(order)["model"], **found})


def _inline(value: object) -> object:
    return Inline(value.data) if isinstance(value, Picture) else value
