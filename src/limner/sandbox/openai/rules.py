"""What fields mean together and for a model (facts sheet of 2026-11-21). Gives the work that is then done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from limner.sandbox.openai.fields import Complaint, Values, invalid
from limner.sandbox.openai.models import Model
from limner.sandbox.openai.uploads import Upload, Uploads

FIXED_SIZES: Final = ((1024, 1024), (1536, 1024), (1024, 1536))
_LEAST_PIXELS, _MOST_PIXELS, _LONGEST_EDGE, _STEP, _WIDEST = 655_360, 8_294_400, 3840, 16, 3
_SIZE: Final = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_FRAME_GRIDS: Final = (9, 12, 16)  # frames share one budget of pixels: observed, not published
_LONGEST_DELAY: Final = 655_350
_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that passed every rule, with everything left open decided."""

    model: Model
    prompt: str
    n: int
    width: int
    height: int
    quality: str
    background: str
    form: str
    stream: bool
    partials: int
    frames: int
    frame_ms: int
    svg_model: str | None
    safety_identifier: str | None
    pictures: tuple[Upload, ...]


def ask(model: Model, values: Values, uploads: Uploads, formats: tuple[str, ...] | None = None) -> Ask:
    """Check fields against the model and each other.

    Args:
        model: the model that was named.
        values: fields that are right by themselves.
        uploads: the pictures of an edit; empty for a generation.
        formats: what this vendor delivers. Absent: what the model can.

    Raises:
        Complaint: the first rule that is broken.
    """
    allowed = formats or model.formats
    form = str(values.get("output_format", "png"))
    if form not in allowed:
        raise invalid("output_format", form, allowed)
    _check_quality(model, values)
    _check_format(form, values)
    _check_gif(form, values, uploads)
    svg_model = _svg_model(form, values)
    _check_edit(model, values, uploads)
    width, height = _size(model, values, form, uploads)
    quality, background = str(values.get("quality", "auto")), str(values.get("background", "auto"))
    return Ask(
        model=model,
        prompt=str(values["prompt"]),
        n=cast("int", values.get("n", 1)),
        width=width,
        height=height,
        quality="medium" if quality == "auto" else quality,
        background="opaque" if background == "auto" else background,
        form=form,
        stream=bool(values.get("stream")),
        partials=cast("int", values.get("partial_images", 0)),
        frames=cast("int", values.get("frame_count", 9)) if form == "gif" else 1,
        frame_ms=min(_LONGEST_DELAY, round(cast("int", values.get("frame_duration_ms", 200)), -1)),
        svg_model=svg_model,
        safety_identifier=str(values.get("safety_identifier") or values.get("user") or "") or None,
        pictures=uploads.images,
    )


def _check_quality(model: Model, values: Values) -> None:
    quality = values.get("quality", "auto")
    if quality not in {*model.qualities, "auto"}:
        raise invalid("quality", quality, (*model.qualities, "auto"))
    if "complexity" in values and not model.complexity:
        raise _unsupported("complexity", model)


def _unsupported(name: str, model: Model) -> Complaint:
    return Complaint(
        f"The model '{model.id}' does not support the '{name}' parameter.",
        param=name,
        code="unsupported_parameter",
    )


def _check_format(form: str, values: Values) -> None:
    if values.get("background") == "transparent" and form not in {"png", "webp"}:
        raise Complaint(
            f"Transparent background is not supported for output format '{form}'.",
            param="background",
            code="invalid_value",
        )
    if "output_compression" in values and form not in {"jpeg", "webp"}:
        raise Complaint(
            f"Compression is not supported for output format '{form}'.",
            param="output_compression",
            code="invalid_value",
        )
    if form in {"gif", "svg"}:
        _exclude(form, values, ("stream", "partial_images"))
    elif "partial_images" in values and values["partial_images"] and not values.get("stream"):
        raise Complaint(
            "'partial_images' is only supported when 'stream' is true.",
            param="partial_images",
            code="invalid_value",
        )


def _exclude(form: str, values: Values, names: tuple[str, ...]) -> None:
    for name in names:
        if values.get(name):
            raise Complaint(
                f"'{name}' is not supported for output format '{form}'.", param=name, code="invalid_value"
            )


def _check_gif(form: str, values: Values, uploads: Uploads) -> None:
    if form == "gif":
        if uploads.mask:
            raise Complaint(
                "'mask' is not supported for output format 'gif'.", param="mask", code="invalid_value"
            )
        return
    for name in ("frame_count", "frame_duration_ms"):
        if name in values:
            raise Complaint(
                f"'{name}' is only supported for output format 'gif'.", param=name, code="invalid_value"
            )


def _svg_model(form: str, values: Values) -> str | None:
    svg = cast("Mapping[str, object] | None", values.get("svg"))
    if form != "svg":
        if svg is not None:
            raise Complaint(
                "'svg' is only supported for output format 'svg'.", param="svg", code="invalid_value"
            )
        return None
    if values.get("n", 1) != 1:
        raise Complaint("Only n=1 is supported for output format 'svg'.", param="n", code="invalid_value")
    if svg is None:
        return "default"
    if not isinstance(svg.get("model"), str):
        raise Complaint(
            "Missing required parameter: 'svg.model'.", param="svg.model", code="missing_required_parameter"
        )
    reasoning = svg.get("reasoning")
    effort = cast("Mapping[str, object]", reasoning).get("effort") if isinstance(reasoning, dict) else None
    if effort is not None and effort not in _EFFORTS:
        raise invalid("svg.reasoning.effort", effort, _EFFORTS)
    return str(svg["model"])


def _check_edit(model: Model, values: Values, uploads: Uploads) -> None:
    if "input_fidelity" in values and values["input_fidelity"] not in model.fidelity:
        if not model.fidelity:
            raise _unsupported("input_fidelity", model)
        raise invalid("input_fidelity", values["input_fidelity"], model.fidelity)
    if uploads.markup:
        if not model.markup:
            raise _unsupported("markup", model)
        if uploads.mask:
            raise Complaint("'markup' cannot be combined with 'mask'.", param="markup", code="invalid_value")


def _size(model: Model, values: Values, form: str, uploads: Uploads) -> tuple[int, int]:
    text = str(values.get("size", "auto"))
    if text == "auto":
        return _auto(values, form, uploads)
    match = _SIZE.fullmatch(text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not model.free_sizes or match is None:
        if size in FIXED_SIZES:
            return size
        raise invalid("size", text, (*(f"{width}x{height}" for width, height in FIXED_SIZES), "auto"))
    _check_free(text, *size, most=_frame_pixels(values) if form == "gif" else None)
    return size


def _auto(values: Values, form: str, uploads: Uploads) -> tuple[int, int]:
    if form == "gif":
        edge = int(_frame_pixels(values) ** 0.5) // _STEP * _STEP
        return edge, edge
    if not uploads.images:
        return FIXED_SIZES[0]
    first = uploads.images[0].probe
    return min(FIXED_SIZES, key=lambda size: abs(size[0] / size[1] - first.width / first.height))


def _frame_pixels(values: Values) -> int:
    wanted = cast("int", values.get("frame_count", 9))
    return _MOST_PIXELS // next(grid for grid in _FRAME_GRIDS if grid >= wanted)


def _check_free(text: str, width: int, height: int, most: int | None) -> None:
    area, least = width * height, 0 if most else _LEAST_PIXELS
    broken = {
        f"Width and height must both be divisible by {_STEP}.": width % _STEP or height % _STEP,
        f"The longest edge must be at most {_LONGEST_EDGE} pixels.": max(width, height) > _LONGEST_EDGE,
        "The aspect ratio must be between 1:3 and 3:1.": max(width, height) > _WIDEST * min(width, height),
        f"The size must have at least {least} pixels.": area < least,
        f"The size must have at most {most or _MOST_PIXELS} pixels.": area > (most or _MOST_PIXELS),
    }
    reason = next((words for words, wrong in broken.items() if wrong), None)
    if reason:
        raise Complaint(f"Invalid size '{text}'. {reason}", param="size", code="invalid_value")
