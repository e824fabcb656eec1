"""Checks a form against its endpoint. All complaints are collected, as the service does."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from limner.core.ids import new_seed
from limner.sandbox.forms import Part
from limner.sandbox.probe import Probe, probe
from limner.sandbox.stability.endpoints import REROUTED, Endpoint, Field

_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
_WIDEST: Final = 2.5
_MARGINS: Final = ("left", "right", "up", "down")
_MEGAPIXEL: Final = 1024 * 1024
_MOST_SEED: Final = 4_294_967_294
_DEFAULT_MODEL: Final = "sd3.5-large"


@dataclass(frozen=True, slots=True)
class Picture:
    """An uploaded picture."""

    data: bytes
    probe: Probe


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent, read as what it stands for."""

    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    pictures: Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that passed every rule."""

    endpoint: Endpoint
    model: str
    credits: Decimal
    prompt: str
    """All prompts of the request, for moderation and as the subject of the picture."""
    width: int
    height: int
    form: str
    seed: int
    source: bytes | None


def check(endpoint: Endpoint, parts: Sequence[Part]) -> tuple[Form, list[str]]:
    """Check every part by itself, then the rules between them.

    Args:
        endpoint: what was called.
        parts: the form.

    Returns:
        What could be read, and every complaint in the form `field: reason`.
    """
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    pictures: dict[str, Picture] = {}
    complaints: list[str] = []
    seen: set[str] = set()
    for part in parts:
        field = endpoint.fields.get(part.name)
        reason = "is not allowed" if field is None else "was given twice" if part.name in seen else None
        seen.add(part.name)
        if field is None or reason is not None:
            complaints.append(f"{part.name}: {reason}")
        elif field.kind == "file":
            complaints += _read_file(part, field, pictures)
        else:
            complaints += _read_text(part, field, texts, numbers)
    complaints += [
        f"{name}: is required"
        for name, field in endpoint.fields.items()
        if field.required and name not in seen
    ]
    form = Form(texts, numbers, pictures)
    return form, complaints or _together(endpoint, form)


def _read_text(part: Part, field: Field, texts: dict[str, str], numbers: dict[str, float]) -> list[str]:
    if part.text is None:
        return [f"{part.name}: must be a string"]
    if field.kind == "text":
        texts[part.name] = part.text
        return _check_text(part.name, part.text, field)
    try:
        value = float(part.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return [f"{part.name}: must be a number"]
    if field.kind == "integer" and not value.is_integer():
        return [f"{part.name}: must be an integer"]
    numbers[part.name] = value
    return _check_range(part.name, value, field)


def _check_range(name: str, value: float, field: Field) -> list[str]:
    if field.low is not None and value < field.low:
        return [f"{name}: must be greater than or equal to {field.low:g}"]
    if field.high is not None and value > field.high:
        return [f"{name}: must be less than or equal to {field.high:.10g}"]
    return []


def _check_text(name: str, text: str, field: Field) -> list[str]:
    if field.choices and text not in field.choices:
        return [f"{name}: must be one of {', '.join(field.choices)}"]
    if field.low is not None and len(text) < field.low:
        return [f"{name}: must be at least {field.low:.0f} character"]
    if field.high is not None and len(text) > field.high:
        return [f"{name}: must be at most {field.high:.0f} characters"]
    return []


def _read_file(part: Part, field: Field, pictures: dict[str, Picture]) -> list[str]:
    if part.text is not None:
        return [f"{part.name}: must be a file"]
    if part.media_type not in _TYPES:
        return [f"{part.name}: must be one of {', '.join(_TYPES)}"]
    found = probe(part.data)
    if found is None or found.media_type not in _TYPES:
        return [f"{part.name}: is not a supported image"]
    pictures[part.name] = Picture(part.data, found)
    return [f"{part.name}: {reason}" for reason in _check_size(found, field)]


def _check_size(found: Probe, field: Field) -> list[str]:
    short, long = sorted((found.width, found.height))
    wrong = {
        f"width and height must be at least {field.min_side} pixels": short < field.min_side,
        f"width and height must be at most {field.max_side} pixels": field.max_side is not None
        and long > field.max_side,
        f"total pixel count must be at least {field.min_pixels}": found.pixels < field.min_pixels,
        f"total pixel count must be at most {field.max_pixels}": field.max_pixels is not None
        and found.pixels > field.max_pixels,
        "aspect ratio must be between 1:2.5 and 2.5:1": field.narrow and long > _WIDEST * short,
    }
    return [reason for reason, broken in wrong.items() if broken]


def _together(endpoint: Endpoint, form: Form) -> list[str]:
    rules = {
        "generate/ultra": _ultra,
        "generate/sd3": _sd3,
        "edit/outpaint": _outpaint,
        "edit/replace-background-and-relight": _relight,
    }
    rule = rules.get(endpoint.path)
    return rule(form) if rule else []


def _ultra(form: Form) -> list[str]:
    if "image" in form.pictures and "strength" not in form.numbers:
        return ["strength: is required when image is given"]
    if "strength" in form.numbers and "image" not in form.pictures:
        return ["strength: is only allowed with image"]
    return []


def _sd3(form: Form) -> list[str]:
    if form.texts.get("mode") == "image-to-image":
        missing = [
            f"{name}: is required for mode image-to-image"
            for name in ("image", "strength")
            if name not in form.pictures and name not in form.numbers
        ]
        extra = (
            ["aspect_ratio: is not allowed for mode image-to-image"] if "aspect_ratio" in form.texts else []
        )
        return missing + extra
    return [
        f"{name}: is only allowed for mode image-to-image"
        for name in ("image", "strength")
        if name in form.pictures or name in form.numbers
    ]


def _outpaint(form: Form) -> list[str]:
    if any(form.numbers.get(name) for name in _MARGINS):
        return []
    return ["left, right, up, down: at least one must be greater than 0"]


def _relight(form: Form) -> list[str]:
    complaints: list[str] = []
    if "background_reference" not in form.pictures and not form.texts.get("background_prompt"):
        complaints.append("background_prompt: background_prompt or background_reference is required")
    lights = "light_reference" in form.pictures or "light_source_direction" in form.texts
    if "light_source_strength" in form.numbers and not lights:
        complaints.append(
            "light_source_strength: is only allowed with light_source_direction or light_reference"
        )
    return complaints


def job(endpoint: Endpoint, form: Form) -> Job:
    """Decide what was left open.

    Args:
        endpoint: what was called.
        form: one without complaints.
    """
    named = form.texts.get("model", _DEFAULT_MODEL if "model" in endpoint.fields else "")
    model = REROUTED.get(named, named)
    source = form.pictures.get(endpoint.source)
    width, height = _size(endpoint, form)
    prompts = (
        text for name, text in form.texts.items() if name.endswith("prompt") and "negative" not in name
    )
    return Job(
        endpoint,
        model or endpoint.path,
        endpoint.credits[model],
        " | ".join(prompts),
        width,
        height,
        form.texts.get("output_format", "png"),
        int(form.numbers.get("seed", 0)) or new_seed(_MOST_SEED - 1) + 1,
        source.data if source else None,
    )


def _size(endpoint: Endpoint, form: Form) -> tuple[int, int]:
    source = form.pictures.get(endpoint.source)
    found = source.probe if source else None
    if found is None or "aspect_ratio" in form.texts or endpoint.path == "control/style":
        wide, high = (int(side) for side in form.texts.get("aspect_ratio", "1:1").split(":"))
        return _shaped(wide / high, 1.5 if endpoint.output == "1.5mp" else 1)
    ratio = found.width / found.height
    sizes = {
        "as_input": (found.width, found.height),
        "fast": (found.width * 4, found.height * 4),
        "margins": _with_margins(found, form),
        "4mp": _shaped(ratio, 4),
        "4k": _shaped(ratio, 8),
    }
    return sizes.get(endpoint.output, _shaped(ratio, 1))


def _with_margins(found: Probe, form: Form) -> tuple[int, int]:
    left, right, up, down = (int(form.numbers.get(name, 0)) for name in _MARGINS)
    return found.width + left + right, found.height + up + down


def _shaped(ratio: float, megapixels: float) -> tuple[int, int]:
    """About so many megapixels, with sides that are multiples of 64."""
    height = math.sqrt(megapixels * _MEGAPIXEL / ratio)
    return max(64, round(height * ratio / 64) * 64), max(64, round(height / 64) * 64)
