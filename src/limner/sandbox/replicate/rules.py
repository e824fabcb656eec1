"""What an input must be, and what a run comes to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from limner.sandbox.pictures import Load, Source, Unreachable, Unreadable, read_source
from limner.sandbox.replicate.models import Model
from limner.sandbox.schema import Flaw, flaws
from limner.sandbox.sizes import Size, ratio_of, shaped
from limner.sandbox.words import breaks, refused_after, refused_before

_MEGAPIXEL: Final = 1024 * 1024
_MOST_INLINE: Final = 256 * 1024
_EDGES: Final = {"1K": 1024, "2K": 2048, "4K": 4096}
_PIXELS: Final = re.compile(r"(\d+)x(\d+)")
_LONGEST: Final = 8192  # the emulator's own: no limit is published for some models
_TOLERANT: Final = 2  # of an edit by a Kontext model

FLAGGED: Final = (
    "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"
)
NSFW: Final = "NSFW content detected. Try running it again, or try a different prompt."
BROKEN: Final = "Prediction failed: the model's process ended unexpectedly."


class Failed(Exception):
    """The run fails; what the prediction says then."""

    def __init__(self, text: str, *, worked: bool = False) -> None:
        """Fail.

        Args:
            text: the prediction's `error`.
            worked: whether the model had worked when it failed.
        """
        super().__init__(text)
        self.text = text
        self.worked = worked


@dataclass(frozen=True, slots=True)
class Job:
    """A run that will deliver."""

    size: Size
    form: str
    """What is encoded: `jpeg`."""
    extension: str
    """What the address ends in: `jpg`."""
    count: int
    source: Source | None
    """The picture that is worked on."""


def check(model: Model, given: Mapping[str, Any]) -> list[Flaw]:
    """Everything in an input that does not fit the model's schema."""
    return [*flaws(dict(given), model.schema, {}), *_uri_flaws(model, given)]


def _uri_flaws(model: Model, given: Mapping[str, Any]) -> Iterator[Flaw]:
    for name, url in _addresses(model, given):
        if not url.startswith(("http://", "https://", "data:")):
            yield Flaw(name, "format", "does not match format 'uri'", url[:100])
        elif url.startswith("data:") and len(url) > _MOST_INLINE:
            yield Flaw(name, "format", "is a data URI of more than 256 KB: use the files API", url[:100])


def _addresses(model: Model, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, spec in model.inputs.items():
        value = given.get(name)
        listed = cast("list[Any]", value if isinstance(value, list) else [value])
        if "uri" in {spec.get("format"), spec.get("items", {}).get("format")}:
            yield from ((name, one) for one in listed if isinstance(one, str))


def plan(model: Model, given: Mapping[str, Any], load: Load) -> Job:
    """Find out what a run makes.

    Args:
        model: what runs.
        given: an input that passed the schema.
        load: fetches pictures by address.

    Raises:
        Failed: it will make nothing.
    """
    sources = _sources(model, given, load)
    _judge(model, given)
    _match(model, given, sources)
    source = next((sources[name][0] for name in _WORKED_ON if sources.get(name)), None)
    extension = model.value(given, "output_format") or "png"
    form = "jpeg" if extension == "jpg" else extension
    count = model.value(given, "num_outputs") or 1
    size = _size(model, given, source)
    if max(size) > _LONGEST:
        raise Failed(BROKEN)
    return Job(size, form, extension, count, source)


_WORKED_ON: Final = ("image", "input_image", "image_input", "character_reference_image")


def _sources(model: Model, given: Mapping[str, Any], load: Load) -> dict[str, list[Source]]:
    sources: dict[str, list[Source]] = {}
    for name, url in _addresses(model, given):
        try:
            sources.setdefault(name, []).append(read_source(url, load))
        except Unreachable as error:
            raise Failed(f"Failed to download {name} from {url[:100]}") from error
        except Unreadable as error:
            raise Failed(f"cannot identify image file ({name})") from error
    return sources


def _judge(model: Model, given: Mapping[str, Any]) -> None:
    prompt = str(given.get("prompt", ""))
    before, after = bool(refused_before(prompt)), bool(refused_after(prompt))
    if (before or after) and not (not model.official and given.get("disable_safety_checker")):
        raise Failed(FLAGGED if model.official else NSFW, worked=after and not before)
    if breaks(prompt):
        raise Failed(BROKEN)


def _match(model: Model, given: Mapping[str, Any], sources: Mapping[str, list[Source]]) -> None:
    image, mask = sources.get("image"), sources.get("mask")
    if mask and not image:
        raise Failed("A mask needs an image.")
    if mask and image and mask[0].size != image[0].size:
        raise Failed("Mask and image must have the same size.")
    if image and not mask and "character_reference_image" in model.inputs:
        raise Failed("An image needs a mask.")
    if "input_image" in sources and given.get("safety_tolerance", 0) > _TOLERANT:
        raise Failed("safety_tolerance must be at most 2 when an input image is given.")


def _size(model: Model, given: Mapping[str, Any], source: Source | None) -> Size:
    pixels = _PIXELS.fullmatch(str(model.value(given, "resolution")))
    if pixels:
        return int(pixels[1]), int(pixels[2])
    if source and "image" in given and "aspect_ratio" not in model.inputs:
        return _outpainted(str(given.get("outpaint", "None")), source.size)
    if source and "mask" in given:
        return source.size
    shape = model.value(given, "aspect_ratio")
    if shape in {None, "custom"}:
        width, height = (model.value(given, name) or 1024 for name in ("width", "height"))
        return max(8, width), max(8, height)
    ratio = ratio_of(shape)
    if ratio is None:  # match_input_image
        ratio = source.probe.width / source.probe.height if source else 1
    return shaped(ratio, _area(model, given))


def _area(model: Model, given: Mapping[str, Any]) -> float:
    edge = _EDGES.get(str(model.value(given, "resolution")), 1024)
    return edge * edge * float(model.value(given, "megapixels") or 1)


def _outpainted(how: str, size: Size) -> Size:
    """The enlarged size; the names of the ways are uncertain, and by how much the emulator's own."""
    width, height = size
    sides = {
        "Zoom out 1.5x": (width * 3 // 2, height * 3 // 2),
        "Zoom out 2x": (width * 2, height * 2),
        "Make square": (max(size), max(size)),
        "Left outpaint": (width * 3 // 2, height),
        "Right outpaint": (width * 3 // 2, height),
        "Top outpaint": (width, height * 3 // 2),
        "Bottom outpaint": (width, height * 3 // 2),
    }
    return sides.get(how, size)
