"""`restyle`, `recolor` and `variation`."""

from collections.abc import Callable
from typing import Final, cast

import cv2
import numpy as np

from limner.core.adapter import Artifact, Done, Order
from limner.core.operations import Operation
from limner.core.painter import Cancelled, Progress
from limner.painters.embedded.actors import recolour
from limner.painters.embedded.colours import Colour
from limner.painters.embedded.cutout import matte
from limner.painters.embedded.effects.looks import LOOKS
from limner.painters.embedded.noise import Floats
from limner.painters.embedded.options import EmbeddedOptions
from limner.painters.embedded.rasters import Pixels, decode, decode_mask, encode
from limner.painters.embedded.reading import read
from limner.painters.embedded.restyle.vary import vary
from limner.painters.embedded.vocabulary import find

_DEFAULT: Final = "watercolour"
_NEAR: Final = 34.0
"""How far in Lab a colour may lie from the one looked for."""

Made = tuple[Pixels, str | None]
"""A picture, and what to say about it."""


def paint(order: Order, progress: Progress, cancelled: Cancelled) -> Done:
    """Do what is asked as many times as asked, each with the next seed."""
    request = order.request
    picture = decode(request.images[0].data)
    work = _WORK[request.operation]
    first, made = request.seed or 0, list[Artifact]()
    for number in range(request.n):
        cancelled()
        changed, note = work(order, picture, first + number)
        if order.mask is not None:
            changed = _only(picture, changed, decode_mask(order.mask))
        made.append(Artifact(encode(changed), "image/png", seed=first + number, note=note))
        progress((number + 1) / request.n)
    return Done(tuple(made))


def _restyle(order: Order, picture: Pixels, seed: int) -> Made:
    """The look that the style or the prompt names."""
    request = order.request
    words = f"{request.style or ''} {request.prompt}"
    name = next((word for word in LOOKS if word in words.casefold().split()), None) or read(words, seed).style
    note = None
    if name is None:
        name = _DEFAULT
        note = f"No look was named, so {name} was used. There are {', '.join(LOOKS)}."
    amount = cast("EmbeddedOptions", order.options).amount
    strength = min(1.0, amount) if request.strength is None else request.strength
    looked = LOOKS[name](np.ascontiguousarray(picture[..., :3]), np.random.default_rng(seed))
    mixed = cv2.addWeighted(picture[..., :3], 1 - strength, looked, strength, 0)
    return _with_alpha(np.asarray(mixed, np.uint8), picture), note


def _recolor(order: Order, picture: Pixels, seed: int) -> Made:
    """Give a thing another colour: what is masked, what has the colour looked for, or the chief subject."""
    request = order.request
    wanted, sought = _colours(request.prompt), _colours(request.search or "")
    if not wanted:
        return picture, "No colour that is known stands in the prompt: nothing was changed."
    if order.mask is not None:
        where = decode_mask(order.mask).astype(np.float32) / 255
        note = None
    elif sought:
        where, note = _of_colour(picture, sought[0]), None
    else:
        where = matte.matte(picture)
        note = "This painter knows things by their colour or a mask; the chief subject was recoloured."
    seen = np.dstack([picture[..., :3], np.rint(where * 255).astype(np.uint8)])
    changed = recolour(seen, wanted[-1])[..., :3]
    part = where[..., None]
    mixed = picture[..., :3] + (changed.astype(np.float32) - picture[..., :3]) * part
    return _with_alpha(np.asarray(np.rint(mixed), np.uint8), picture), note


def _variation(order: Order, picture: Pixels, seed: int) -> Made:
    strength = 0.5 if order.request.strength is None else order.request.strength
    return vary(picture, strength, np.random.default_rng(seed)), None


_WORK: Final[dict[Operation, Callable[[Order, Pixels, int], Made]]] = {
    Operation.RECOLOR: _recolor,
    Operation.RESTYLE: _restyle,
    Operation.VARIATION: _variation,
}


def _colours(text: str) -> list[Colour]:
    """The colours that a text names, in order."""
    words = [word.strip(".,;:!?\"'()") for word in text.casefold().split()]
    pairs = [" ".join(words[at : at + 2]) for at in range(len(words) - 1)]
    found = [meaning.colour for phrase in pairs for meaning in find(phrase, "en") if meaning.colour]
    return found or [meaning.colour for word in words for meaning in find(word, "en") if meaning.colour]


def _of_colour(picture: Pixels, colour: Colour) -> Floats:
    """Where a picture has about some colour; lightness counts for less than hue."""
    lab = _lab(picture[..., :3])
    goal = _lab(np.asarray([[colour]], np.float32) * 255)[0, 0]
    weights = np.array((0.35, 1.0, 1.0), np.float32)
    far = np.sqrt((((lab - goal) * weights) ** 2).sum(2))
    soft = np.clip(1.5 - far / _NEAR, 0, 1)
    return np.asarray(cv2.GaussianBlur(soft, (0, 0), max(0.6, min(soft.shape) / 700)), np.float32)


def _lab(picture: Pixels | Floats) -> Floats:
    return np.asarray(cv2.cvtColor(np.asarray(picture, np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _only(before: Pixels, after: Pixels, mask: Pixels) -> Pixels:
    """The change, only where the mask is white."""
    part = mask.astype(np.float32)[..., None] / 255
    return np.asarray(np.rint(before + (after.astype(np.float32) - before) * part), np.uint8)


def _with_alpha(colour: Pixels, picture: Pixels) -> Pixels:
    return np.dstack([colour, picture[..., 3]]) if picture.shape[2] == 4 else colour
