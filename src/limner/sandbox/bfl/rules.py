"""What a body must be: the published schema, and what only the facts sheet says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from limner.sandbox.bfl.models import MEGAPIXEL, Model, document
from limner.sandbox.hooks import is_welcome
from limner.sandbox.pictures import Load, Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import Flaw, flaws
from limner.sandbox.sizes import Size, ratio_of, shaped, within

_PICTURES: Final = ("input_image", "image_prompt", "image", "mask")
_WIDEST, _TALLEST = 21 / 9, 9 / 21
_MOST: Final = 4 * MEGAPIXEL
_ULTRA: Final = 4 * MEGAPIXEL  # of the ultra model; its area is the emulator's own
_SIDES: Final = ("left", "right", "top", "bottom")


@dataclass(frozen=True, slots=True)
class Job:
    """A body that passed."""

    model: Model
    given: Mapping[str, Any]
    size: Size
    sources: Mapping[str, Source]

    @property
    def first(self) -> Source | None:
        """The picture that is worked on."""
        return self.sources.get("input_image") or self.sources.get("image")

    @property
    def form(self) -> str:
        """What is made: `png`."""
        return self.model.value(self.given, "output_format")

    @property
    def input_pixels(self) -> int:
        """Of all pictures that were given."""
        return sum(one.probe.pixels for one in self.sources.values())


def check(model: Model, given: Mapping[str, Any], load: Load) -> Job | list[Flaw]:
    """Check a body.

    A field that is not published is refused, so that a misspelt one does not go unnoticed.

    Args:
        model: what was called.
        given: the body.
        load: fetches pictures by address.

    Returns:
        The job, or everything that is wrong.
    """
    found = [*flaws(dict(given), model.schema, document())]
    found += [Flaw(name, "extra", "is not permitted", None) for name in given if name not in model.properties]
    if found:
        return found
    found = [*_own_flaws(model, given)]
    sources: dict[str, Source] = {}
    for name, text in given.items():
        if text is not None and name.rstrip("_2345678") in _PICTURES:
            try:
                sources[name] = read_source(text, load)
            except (Unreachable, Unreadable) as error:
                found.append(Flaw(name, "value", f"should be an image: {error}", None))
    return found or Job(model, given, _size(model, given, sources), sources)


def _own_flaws(model: Model, given: Mapping[str, Any]) -> Iterator[Flaw]:
    hook = given.get("webhook_url")
    if hook is not None and not is_welcome(hook):
        yield Flaw("webhook_url", "value", "should be an HTTPS address", hook)
    shape = given.get("aspect_ratio")
    if shape is not None:
        ratio = ratio_of(shape)
        if ratio is None or not _TALLEST <= ratio <= _WIDEST:
            yield Flaw("aspect_ratio", "value", "should be between 21:9 and 9:21", shape)
    if not model.name.startswith("flux-2"):
        return
    sides = {name: given[name] for name in ("width", "height") if given.get(name)}
    for name, side in sides.items():
        if side % 16:
            yield Flaw(name, "multipleOf", "should be a multiple of 16", side)
    if len(sides) == 2 and sides["width"] * sides["height"] > _MOST:  # noqa: PLR2004 - width and height
        yield Flaw("width", "value", "should make at most 4 megapixels with the height", sides["width"])


def _size(model: Model, given: Mapping[str, Any], sources: Mapping[str, Source]) -> Size:
    image = sources.get("image")
    if image is not None:  # fill and expand: an absent margin is 0
        left, right, top, bottom = (model.value(given, side) or 0 for side in _SIDES)
        return image.probe.width + left + right, image.probe.height + top + bottom
    source = sources.get("input_image")
    if "aspect_ratio" in model.properties:
        return _shaped(model, model.value(given, "aspect_ratio"), source)
    follow = within(source.size, _MOST) if source else (1024, 1024)
    width, height = (model.value(given, name) for name in ("width", "height"))
    return width or follow[0], height or follow[1]


def _shaped(model: Model, shape: str | None, source: Source | None) -> Size:
    area = _ULTRA if "raw" in model.properties else MEGAPIXEL
    ratio = ratio_of(shape) if shape else None
    if ratio is None:
        ratio = source.probe.width / source.probe.height if source else 1
    return shaped(ratio, area)
