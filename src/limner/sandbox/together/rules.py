"""What a body must be: the published schema, and what each model takes. The first flaw is the answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from limner.sandbox.pictures import Load, Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import Flaw, flaws
from limner.sandbox.sizes import Size, ratio_of, shaped
from limner.sandbox.together.models import Model, document

_RATIOS: Final = ("1:1", "16:9", "9:16", "4:3", "3:2")
_MEGAPIXEL: Final = 1024 * 1024
_LEAST, _MOST, _MOST_OF_OTHERS = 256, 1920, 5500  # sides of FLUX; the last one is the emulator's own
_MENU_AREAS: Final = (0.8 * _MEGAPIXEL, 17 * _MEGAPIXEL)  # of Google's menus: the emulator's own
_NEAR: Final = 0.04
_NARROWEST, _WIDEST = 1 / 4, 4
_SCHEMA: Final = document()["paths"]["/images/generations"]["post"]["requestBody"]["content"][
    "application/json"
]["schema"]

# Fields that only the guides name, and the ranges that they give.
_ALSO: Final[Mapping[str, Any]] = {
    "aspect_ratio": {"type": "string", "enum": list(_RATIOS)},
    "guidance": {"type": "number"},
    "prompt_upsampling": {"type": "boolean"},
    "frame_images": {"type": "array"},
    "n": {"type": "integer", "minimum": 1, "maximum": 4},
    "steps": {"type": "integer", "minimum": 1, "maximum": 50},
    "seed": {"type": "integer", "minimum": 0},
    "prompt": {"type": "string", "minLength": 1},
    "image_loras": {"type": "array", "maxItems": 2},
}


@dataclass(frozen=True, slots=True)
class Job:
    """A body that passed."""

    model: Model
    given: Mapping[str, Any]
    size: Size
    source: Source | None

    @property
    def n(self) -> int:
        """How many pictures."""
        return self.given.get("n", 1)

    @property
    def form(self) -> str:
        """What is encoded: only FLUX.2 is asked for a format."""
        asked = self.given.get("output_format", "jpeg")
        return asked if "FLUX.2" in self.model.id else "jpeg"


def shape_flaws(given: Mapping[str, Any]) -> Iterator[Flaw]:
    """Everything in a body that does not fit the published shape."""
    yield from flaws(dict(given), _SCHEMA, document())
    known = {**_SCHEMA["properties"], **_ALSO}
    for name, value in given.items():
        if name not in known:
            yield Flaw(name, "additionalProperties", "is not a known parameter", None)
        elif name in _ALSO:
            yield from flaws(value, _ALSO[name], document(), name)


def model_flaws(model: Model, given: Mapping[str, Any]) -> Iterator[Flaw]:
    """Everything in a body that its model does not take."""
    for name in given:
        if name not in model.fields:
            yield Flaw(name, "support", f"is not supported by {model.id}", None)
    width, height = (given.get(name) for name in ("width", "height"))
    for name, side in (("width", width), ("height", height)):
        if side is not None:
            yield from _side_flaws(model, name, side)
    if width is not None and height is not None:
        yield from _area_flaws(model, width, height)


def _side_flaws(model: Model, name: str, side: int) -> Iterator[Flaw]:
    most = _MOST if model.is_flux else _MOST_OF_OTHERS
    if not _LEAST <= side <= most:
        yield Flaw(name, "range", f"must be between {_LEAST} and {most}", side)
    elif model.is_flux and side % 8:
        yield Flaw(name, "multipleOf", "must be a multiple of 8", side)


def _area_flaws(model: Model, width: int, height: int) -> Iterator[Flaw]:
    area, ratio = width * height, width / height
    if model.window and not (model.window[0] <= area <= model.window[1] and _NARROWEST <= ratio <= _WIDEST):
        text = (
            "Invalid dimensions. The total area must be between 1265×1265 to 1440×1440. "
            "The aspect ratio must be between 1:4 and 4:1"
        )
        yield Flaw("", "dimensions", text, None)
    near = any(abs(ratio / wanted - 1) < _NEAR for wanted in model.ratios)
    if model.ratios and not (near and _MENU_AREAS[0] <= area <= _MENU_AREAS[1]):
        text = (
            f"Unsupported use of width/height parameters for {model.id}. Supported values are: "
            "'1024x1024', and about a megapixel or more in the ratios 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16, "
            "16:9 and 21:9"
        )
        yield Flaw("", "dimensions", text, None)


def plan(model: Model, given: Mapping[str, Any], load: Load) -> Job | Flaw:
    """Read pictures and choose the size.

    Args:
        model: what paints.
        given: a body that passed both checks above.
        load: fetches pictures by address.
    """
    urls = [("image_url", given["image_url"])] if "image_url" in given else []
    urls += [("reference_images", url) for url in given.get("reference_images", ())]
    sources: list[Source] = []
    for name, url in urls:
        if not url.startswith(("http://", "https://", "data:")):
            return Flaw(name, "format", "must be a URL", None)
        try:
            sources.append(read_source(url, load))
        except (Unreachable, Unreadable) as error:
            return Flaw(name, "format", f"cannot be loaded: {error}", None)
    return Job(model, given, _size(model, given), sources[0] if sources else None)


def _size(model: Model, given: Mapping[str, Any]) -> Size:
    if "aspect_ratio" in given and "width" not in given:
        return shaped(ratio_of(given["aspect_ratio"]) or 1, _MEGAPIXEL)
    usual = 1280 if model.window else 1024  # the first is the emulator's own
    return given.get("width", usual), given.get("height", usual)
