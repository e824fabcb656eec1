"""What an input must be, and what a run comes to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from limner.sandbox.pictures import Load, Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import Flaw, flaws
from limner.sandbox.sizes import Size, ratio_of, shaped, within
from limner.sandbox.wavespeed.models import Model
from limner.sandbox.words import breaks, refused_after, refused_before

POLICY, INVALID_VALUE, UNREACHABLE, FAILED, INTERNAL = 1200, 1401, 1402, 1403, 5000

_PIXELS: Final = re.compile(r"(\d+)\*(\d+)")
_EDGES: Final[Mapping[str, int]] = {
    "480p": 640,
    "720p": 960,
    "1080p": 1440,
    "0.5k": 512,
    "1k": 1024,
    "2k": 2048,
    "4k": 4096,
    "8k": 8192,
}
_NAMED: Final = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
_MEGAPIXEL: Final = 1024 * 1024
_LARGEST: Final = 1536 * 1536  # of an edit that is told no size: the emulator's own
_LONGEST: Final = 8192  # of a side that is asked for, where its model says nothing
_MOST: Final = 16_383  # of any side: what WebP can hold
_PICTURES: Final = ("image", "images", "source_image", "target_image", "reference_images", "reference")
_ALSO_PICTURES: Final = ("mask_image", "face_image", "body_image", "control_image", "clothes_images")
_COUNTS: Final = ("num_images", "max_images", "num_layers")
_FORMS: Final = {"jpeg": "jpeg", "jpg": "jpeg", "png": "png", "webp": "webp", "gif": "gif"}


class Failed(Exception):
    """The run fails; what the task says then."""

    def __init__(self, code: int, text: str) -> None:
        """Fail.

        Args:
            code: the task's code.
            text: the task's error.
        """
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Job:
    """A run that will deliver."""

    size: Size
    form: str
    count: int
    source: Source | None
    """The picture that is worked on."""
    transparent: bool


def check(model: Model, given: Mapping[str, Any]) -> list[Flaw]:
    """Everything in an input that does not fit its model."""
    plain = {name: value for name, value in given.items() if value is not None}
    return [*flaws(plain, model.schema, {}), *_size_flaws(model, plain)]


def _size_flaws(model: Model, given: Mapping[str, Any]) -> Iterator[Flaw]:
    text, spec = given.get("size"), model.inputs.get("size", {})
    if not isinstance(text, str) or "enum" in spec:
        return
    pixels = _PIXELS.fullmatch(text)
    if pixels is None:
        yield Flaw("size", "format", 'must be "W*H"', text)
        return
    least = spec.get("per_dimension_minimum", spec.get("minimum", 64))
    most = spec.get("per_dimension_maximum", spec.get("maximum", _LONGEST))
    if not all(least <= int(side) <= most for side in pixels.groups()):
        yield Flaw("size", "range", f"must have sides from {least} to {most}", text)


def plan(model: Model, given: Mapping[str, Any], load: Load) -> Job:
    """Find out what a run makes.

    Args:
        model: what runs.
        given: an input that passed the check.
        load: fetches pictures by address.

    Raises:
        Failed: it will make nothing.
    """
    sources = {
        name: _read(name, given[name], load)
        for name in (*_PICTURES, *_ALSO_PICTURES)
        if name in model.inputs and given.get(name)
    }
    _judge(given)
    source = next((sources[name][0] for name in _PICTURES if name in sources), None)
    mask = sources.get("mask_image")
    if mask and source and mask[0].size != source.size:
        raise Failed(INVALID_VALUE, "mask_image must have the size of image.")
    form = _form(model, given)
    size = _size(model, given, source)
    if max(size) > _MOST:
        raise Failed(INVALID_VALUE, "The result would be too large.")
    count = next((model.value(given, name) for name in _COUNTS if name in model.inputs), 1)
    return Job(size, form, int(count), source, "background" in model.path)


def _read(name: str, value: Any, load: Load) -> list[Source]:
    listed = cast("list[Any]", value if isinstance(value, list) else [value])
    found: list[Source] = []
    for text in listed:
        if not isinstance(text, str):
            raise Failed(INVALID_VALUE, f"{name} must be addresses.")
        try:
            found.append(read_source(text, load))
        except Unreachable as error:
            raise Failed(UNREACHABLE, f"Failed to fetch {name}: {text[:100]}") from error
        except Unreadable as error:
            raise Failed(UNREACHABLE, f"{name} is no picture that can be read.") from error
    return found


def _judge(given: Mapping[str, Any]) -> None:
    prompt = str(given.get("prompt", ""))
    if refused_before(prompt) or refused_after(prompt):
        raise Failed(POLICY, "Content flagged as potentially sensitive. Please try different prompts.")
    if breaks(prompt):
        raise Failed(INTERNAL, "Internal error of the provider. Please try again later.")


def _form(model: Model, given: Mapping[str, Any]) -> str:
    if model.path.endswith("to-vector"):
        return "svg"
    asked = model.value(given, "output_format") or "png"
    if asked not in _FORMS:
        raise Failed(FAILED, f"The sandbox does not write {asked}.")
    return _FORMS[asked]


def _size(model: Model, given: Mapping[str, Any], source: Source | None) -> Size:
    text = str(model.value(given, "size") or model.value(given, "image_size") or "")
    pixels = _PIXELS.fullmatch(text)
    if pixels:
        return int(pixels[1]), int(pixels[2])
    if text in _NAMED:
        return _NAMED[text]
    if source and (scaled := _enlarged(model, given, source)):
        return scaled
    ratio = ratio_of(text) or ratio_of(str(model.value(given, "aspect_ratio") or ""))
    edge = _EDGES.get(str(model.value(given, "resolution") or "").lower())
    if ratio is None and source is not None:
        if edge is None:
            return within(source.size, _LARGEST)
        ratio = source.probe.width / source.probe.height
    if ratio is None and {"width", "height"} <= set(model.inputs):
        width, height = (model.value(given, name) or 1024 for name in ("width", "height"))
        return max(64, int(width)), max(64, int(height))
    return shaped(ratio or 1, (edge or 1024) ** 2)


def _enlarged(model: Model, given: Mapping[str, Any], source: Source) -> Size | None:
    """The size that an enlarging model makes; None for other models."""
    ratio = source.probe.width / source.probe.height
    edge = _EDGES.get(str(model.value(given, "target_resolution")))
    if edge:
        return shaped(ratio, edge * edge * 9 / 16)
    megapixels = model.value(given, "target_megapixels") or model.value(given, "target")
    if megapixels:
        return shaped(ratio, float(megapixels) * _MEGAPIXEL)
    by = model.value(given, "desired_increase")
    return (source.probe.width * by, source.probe.height * by) if by else None
