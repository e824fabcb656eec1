"""Checks a generation against the published schema and the rules between its fields."""

import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pybase64

from limner.core.errors import ImageProcessing
from limner.core.ids import new_seed
from limner.pixels.raster import decode
from limner.sandbox.novelai.models import Model, models, schemas
from limner.sandbox.probe import Probe, probe
from limner.sandbox.schema import flaws

_MOST_AREA: Final = 3_145_728
_MOST_VIBES: Final = 16
_BLOCK: Final = 8
_MOST_SEED: Final = 4_294_967_295
_VIBES: Final = ("reference_image_multiple", "reference_strength_multiple")
_REFERENCES: Final = (
    "director_reference_images",
    "director_reference_descriptions",
    "director_reference_strength_values",
    "director_reference_information_extracted",
)
_SM, _SM_DYN, _V5, _ONE = Decimal("1.2"), Decimal("1.4"), Decimal("1.5"), Decimal(1)


class Refusal(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Job:
    """A generation that passed every rule."""

    model: Model
    action: str
    prompt: str
    parameters: Mapping[str, Any]
    width: int
    height: int
    steps: int
    samples: int
    seed: int
    form: str
    source: bytes | None
    factor: Decimal
    strength: Decimal
    references: int
    vibes: int


def require(body: object, name: str) -> Mapping[str, Any]:
    """Check a body against its published schema.

    Args:
        body: parsed JSON.
        name: which: `GenerateImageRequest`.

    Raises:
        Refusal: the first flaw.
    """
    flaw = next(flaws(body, {"type": "object", **schemas()["$defs"][name]}, schemas()), None)
    if flaw is not None:
        raise Refusal(400, f"{flaw.path or 'body'} {flaw.reason}")
    return body  # pyright: ignore[reportReturnType] - the schema says that it is an object


def find_model(name: str) -> Model:
    """A model by id.

    Raises:
        Refusal: there is none.
    """
    model = models().get(name)
    if model is None:
        raise Refusal(400, f"model {name} doesn't exist")
    return model


def picture(text: str, name: str) -> tuple[bytes, Probe]:
    """Read a base64 picture.

    Raises:
        Refusal: it is a data URI, no base64, or no picture.
    """
    try:
        data = pybase64.b64decode(text, validate=True)
    except binascii.Error:
        raise Refusal(400, f"{name} must be plain base64") from None
    found = probe(data)
    if found is None:
        raise Refusal(400, f"{name} is not an image")
    return data, found


def job(body: object) -> Job:
    """Check a generation and decide what was left open.

    Raises:
        Refusal: the first rule that is broken.
    """
    request = require(body, "GenerateImageRequest")
    model = find_model(request["model"])
    given: Mapping[str, Any] = request["parameters"]
    width, height = given.get("width"), given.get("height")
    if width is None or height is None:
        raise Refusal(400, "parameters.width and parameters.height are required")
    if width * height > _MOST_AREA:
        raise Refusal(400, f"the image is too large: {width}x{height}")
    _check_family(model, given)
    source = _check_action(model, request["action"], given, (width, height))
    return Job(
        model,
        request["action"],
        request["input"],
        given,
        width,
        height,
        given.get("steps", 28),
        given.get("n_samples", 1),
        given["seed"] if given.get("seed") is not None else new_seed(_MOST_SEED),
        given.get("image_format", "png"),
        source,
        _factor(model, given),
        _strength(given),
        *_check_references(model, given),
    )


def _check_family(model: Model, given: Mapping[str, Any]) -> None:
    v5, v3 = model.family == "v5", model.family == "v3"
    rules = {
        "params_version must be 4 for this model": v5 and given.get("params_version") != 4,  # noqa: PLR2004
        "params_version 4 needs a newer model": v3 and given.get("params_version") == 4,  # noqa: PLR2004
        "v4_prompt is required for this model": model.structured_prompt and "v4_prompt" not in given,
        "sm is not supported by this model": bool(given.get("sm") or given.get("sm_dyn")) and not model.sm,
        "sm_dyn needs sm": bool(given.get("sm_dyn") and not given.get("sm")),
        "sampler ddim_v3 is not supported by this model": given.get("sampler") == "ddim_v3" and not v3,
        "noise_schedule must be karras for this model": v5
        and given.get("noise_schedule", "karras") != "karras",
        "dynamic_thresholding is not supported by this model": bool(given.get("dynamic_thresholding"))
        and model.family not in {"v3", "v4"},
        "straight_alpha is not supported by this model": bool(given.get("straight_alpha"))
        and not model.alpha,
    }
    broken = next((rule for rule, wrong in rules.items() if wrong), None)
    if broken:
        raise Refusal(400, broken)


def _check_action(model: Model, action: str, given: Mapping[str, Any], size: tuple[int, int]) -> bytes | None:
    if model.inpaints != (action == "infill"):
        raise Refusal(400, f"model {model.id} does not do {action}")
    if action == "generate":
        if given.get("image") or given.get("mask"):
            raise Refusal(400, "image and mask need action img2img or infill")
        return None
    if not given.get("image"):
        raise Refusal(400, f"image is required for {action}")
    data, found = picture(given["image"], "image")
    if (found.width, found.height) != size:
        raise Refusal(400, f"image must be {size[0]}x{size[1]}")
    if action == "infill":
        _check_mask(given.get("mask"), size)
    return data


def _check_mask(text: str | None, size: tuple[int, int]) -> None:
    if not text:
        raise Refusal(400, "mask is required for infill")
    data, found = picture(text, "mask")
    if found.form != "png" or (found.width, found.height) != size:
        raise Refusal(400, f"mask must be a PNG of {size[0]}x{size[1]}")
    try:
        light = decode(data).pixels[:, :, 0]
    except ImageProcessing as error:
        raise Refusal(400, "mask is not an image") from error
    blocks = light.reshape(size[1] // _BLOCK, _BLOCK, size[0] // _BLOCK, _BLOCK)
    whole = blocks.min(axis=(1, 3)) == blocks.max(axis=(1, 3))
    if not bool(whole.all()) or not bool(((light == 0) | (light == 255)).all()):  # noqa: PLR2004 - white
        raise Refusal(400, "mask must be black or white on every 8x8 block")


def _factor(model: Model, given: Mapping[str, Any]) -> Decimal:
    if model.family == "v5":
        return _V5
    if given.get("sm"):
        return _SM_DYN if given.get("sm_dyn") else _SM
    return _ONE


def _strength(given: Mapping[str, Any]) -> Decimal:
    if given.get("mask"):
        return Decimal(str(given.get("inpaintImg2ImgStrength", 1)))
    return Decimal(str(given.get("strength", "0.7"))) if given.get("image") else _ONE


def _parallel(given: Mapping[str, Any], names: tuple[str, ...]) -> int:
    lengths = {len(given.get(name) or []) for name in names}
    if len(lengths) > 1:
        raise Refusal(400, f"{', '.join(names)} must have the same length")
    return lengths.pop()


def _texts(given: Mapping[str, Any], name: str) -> Sequence[str]:
    return given.get(name) or ()


def _check_references(model: Model, given: Mapping[str, Any]) -> tuple[int, int]:
    vibes, references = _parallel(given, _VIBES), _parallel(given, _REFERENCES)
    if vibes and not model.vibe:
        raise Refusal(400, "vibe transfer is not supported by this model")
    if vibes > _MOST_VIBES:
        raise Refusal(400, f"at most {_MOST_VIBES} vibes are supported")
    if references and not model.precise_reference:
        raise Refusal(400, "precise reference is not supported by this model")
    if references and vibes:
        raise Refusal(400, "precise reference cannot be combined with vibe transfer")
    for text in _texts(given, "reference_image_multiple"):
        _check_vibe(model, text)
    for text in _texts(given, "director_reference_images"):
        picture(text, "director_reference_images")
    return references, vibes if model.family != "v3" else 0


def _check_vibe(model: Model, text: str) -> None:
    """V3 takes pictures; later models take what `/ai/encode-vibe` answered."""
    if model.family == "v3":
        picture(text, "reference_image_multiple")
        return
    try:
        encoded = probe(pybase64.b64decode(text, validate=True)) is None
    except binascii.Error:
        encoded = False
    if not encoded:
        raise Refusal(400, "reference_image_multiple must be encoded vibes for this model")
