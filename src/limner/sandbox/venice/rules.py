"""What a body comes to: the model, the size, the format and the price."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from limner.sandbox.desk import Rejection
from limner.sandbox.pictures import Source
from limner.sandbox.sizes import Size, ratio_of, shaped
from limner.sandbox.venice import models as known
from limner.sandbox.venice import shapes
from limner.sandbox.venice.inputs import Given
from limner.sandbox.venice.models import Model, models, price

_EDGES: Final = {"1K": 1024, "2K": 2048, "4K": 4096}
_MOST_ENLARGED: Final = 16_777_216
_USUAL: Final = 1024
_SCALES: Final = (2, 4)


@dataclass(frozen=True, slots=True)
class Job:
    """Work that passed every rule."""

    model: Model
    operation: str
    """The last step of its address."""
    prompt: str
    size: Size
    form: str
    amount: Decimal
    """US dollars for all of it."""
    count: int = 1
    seed: int = 0
    """Zero is random."""
    safe: bool = True
    """Whether adult content is blurred."""
    source: Source | None = None
    transparent: bool = False
    enhanced: str | None = None
    """The rewritten prompt. Absent: it was not rewritten."""
    deprecated: str | None = None
    """The retired id that was asked for, and works under another name."""
    headers: dict[str, str] = field(default_factory=dict[str, str])


def found_model(id_: str, kind: str) -> Model:
    """The model of an id or a trait.

    Raises:
        Rejection: there is none, it is of another kind, or it was retired for good.
    """
    if id_ in known.GONE:
        raise Rejection(shapes.error(410, f"The model {id_} has been retired."))
    id_ = known.REROUTED.get(id_, id_)
    model = models().get(traits().get(id_, id_))
    if model is None:
        raise Rejection(shapes.error(404, "Specified model not found"))
    if model.kind != kind or model.id == known.BACKGROUND_REMOVER:
        raise Rejection(shapes.error(400, "Invalid model specified"))
    return model


def traits() -> dict[str, str]:
    """Which image model a trait stands for."""
    return {trait: model.id for model in models().values() for trait in model.spec["traits"]}


def generate(given: Given) -> Job:
    """A generation in Venice's own form."""
    model = found_model(given.get("model"), "image")
    prompt: str = given.get("prompt")
    _check_lengths(model, given)
    count = given.get("variants", 1)
    if given.get("return_binary") and count > 1:
        raise Rejection(shapes.wrong("variants", "Only supported when return_binary is false"))
    style = given.get("style_preset")
    if style is not None and style not in known.STYLES:
        raise Rejection(shapes.wrong("style_preset", "Unknown style"))
    if len(given.style_pictures()) > model.style_images:
        raise Rejection(shapes.wrong("style_references", f"At most {model.style_images} with this model"))
    _check_steps(model, given)
    size = _generated_size(model, given)
    one = price(model, _tier(model, given), given.get("quality"))
    enhanced = f"{prompt}, in clear detail" if given.get("enhance_prompt") else None
    return Job(
        model,
        "generate",
        prompt,
        size,
        given.get("format", "webp"),
        one * count + (known.ENHANCED if enhanced else 0),
        count,
        given.get("seed", 0),
        given.get("safe_mode", True),
        enhanced=enhanced,
    )


def generations(given: Given) -> Job:
    """A generation in OpenAI's form; a model that is not known is the default one."""
    asked = str(given.get("model", "default"))
    known_here = models().get(traits().get(asked, asked))
    fits = known_here is not None and known_here.kind == "image"
    model = models()[known.DEFAULT] if not fits else found_model(asked, "image")
    _check_lengths(model, given)
    text = given.get("size", "auto")
    width, height = (_USUAL, _USUAL) if text == "auto" else (int(side) for side in text.split("x"))
    size = (width, height)
    if not model.pixel_sized:
        size = shaped(_nearest(width / height), _USUAL * _USUAL)
    form = given.get("output_format", "png")
    safe = given.get("moderation", "auto") == "auto"
    amount = price(model, None, None)
    return Job(model, "generations", given.get("prompt"), size, form, amount, safe=safe)


def edit(given: Given, operation: str) -> Job:
    """An edit of one picture, or of several.

    Args:
        given: the body.
        operation: `edit` or `multi-edit`.
    """
    many = operation == "multi-edit"
    asked = given.get("modelId" if many else "model") or given.get("modelId") or known.DEFAULT_EDIT
    model = found_model(asked, "inpaint")
    _check_lengths(model, given)
    tier = _tier(model, given)
    shape = given.get("aspect_ratio", "auto")
    sources = given.pictures("images" if many else "image")
    if len(sources) > model.input_images:
        raise Rejection(shapes.wrong("images", f"At most {model.input_images} with this model"))
    ratio = ratio_of(shape) or _nearest(sources[0].probe.width / sources[0].probe.height)
    enhanced = f"{given.get('prompt')}, in clear detail" if given.get("enhance_prompt") else None
    amount = price(model, tier, given.get("quality"), len(sources)) + (known.ENHANCED if enhanced else 0)
    return Job(
        model,
        operation,
        given.get("prompt"),
        shaped(ratio, _EDGES[tier] ** 2),
        given.get("output_format") or ("png" if tier == "1K" else "jpeg"),
        amount,
        safe=given.get("safe_mode", True),
        source=sources[0],
        enhanced=enhanced,
        deprecated=asked if asked in known.REROUTED else None,
    )


def upscale(given: Given) -> Job:
    """An enlargement by 2 or 4; less where the result would be too large."""
    scale = given.get("scale", 2)
    if scale not in _SCALES:
        raise Rejection(shapes.wrong("scale", "Must be 2 or 4"))
    [source] = given.pictures("image")
    most = (_MOST_ENLARGED / source.probe.pixels) ** 0.5
    by = min(scale, most)
    if by < 1 or (scale == _SCALES[0] and by < scale):
        raise Rejection(shapes.error(422, "Image dimensions exceed the maximum allowed."))
    size = (int(source.probe.width * by), int(source.probe.height * by))
    model = models()[known.UPSCALER]
    amount = known.upscale_price(int(scale))
    return Job(model, "upscale", "", size, "png", amount, source=source)


def remove_background(given: Given) -> Job:
    """The subject alone."""
    named = [name for name in ("image", "image_url") if given.get(name) is not None]
    if len(named) != 1:
        raise Rejection(shapes.wrong("image", "Give either image or image_url"))
    [source] = given.pictures(named[0], fewest=1)
    model = models()[known.BACKGROUND_REMOVER]
    amount = price(model, None, None)
    return Job(model, "background-remove", "", source.size, "png", amount, source=source, transparent=True)


def _check_lengths(model: Model, given: Given) -> None:
    for name in ("prompt", "negative_prompt"):
        if len(given.get(name, "")) > model.prompt_limit:
            raise Rejection(shapes.wrong(name, f"At most {model.prompt_limit} characters with this model"))


def _check_steps(model: Model, given: Given) -> None:
    most = model.steps[1]
    steps = given.get("steps")
    if most and steps is not None and not 1 <= steps <= most:
        raise Rejection(shapes.wrong("steps", f"Must be 1 to {most} with this model"))


def _tier(model: Model, given: Given) -> str:
    asked = given.get("resolution", "1K")
    if asked not in (model.tiers or ("1K",)):
        choices = ", ".join(model.tiers) or "none"
        raise Rejection(shapes.wrong("resolution", f"This model has {choices}"))
    return asked


def _generated_size(model: Model, given: Given) -> Size:
    width, height = given.get("width"), given.get("height")
    if not model.pixel_sized:
        if (width, height) != (None, None):
            reason = "`width` and `height` are not supported for this model. Use `aspect_ratio` instead."
            raise Rejection(shapes.error(400, reason))
        ratio = given.get("aspect_ratio", "1:1")
        if ratio not in known.RATIOS:
            raise Rejection(shapes.wrong("aspect_ratio", f"This model has {', '.join(known.RATIOS)}"))
        return shaped(ratio_of(ratio) or 1, _EDGES[_tier(model, given)] ** 2)
    size = (width or _USUAL, height or _USUAL)
    for name, side in zip(("width", "height"), size, strict=True):
        if side % known.DIVISOR:
            raise Rejection(shapes.wrong(name, f"Must be divisible by {known.DIVISOR}"))
    return size


def _nearest(ratio: float) -> float:
    shapes_ = [ratio_of(text) or 1 for text in known.RATIOS]
    return min(shapes_, key=lambda shape: abs(shape / ratio - 1))
