"""What a call comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from limner.core.ids import new_seed
from limner.sandbox.a1111 import models as known
from limner.sandbox.desk import Rejection
from limner.sandbox.pictures import Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import flaws
from limner.sandbox.sizes import Size
from limner.sandbox.words import breaks

_STEP: Final = 8
_MEMORY: Final = 40_000_000  # pixels of a batch, and of all batches: the emulated card's
_MOST_SIDE: Final = 8192
_BY_SIZE: Final = 1


@dataclass(frozen=True, slots=True)
class Job:
    """Work that passed every rule."""

    call: str
    given: Mapping[str, Any]
    checkpoint: str
    size: Size
    """Of the pictures that come back."""
    count: int
    seed: int
    form: str
    source: Source | None

    def value(self, name: str) -> Any:
        """A field as it counts: what was given, else its default."""
        return value_of(self.call, self.given, name)


def value_of(call: str, given: Mapping[str, Any], name: str) -> Any:
    """A field as it counts: what was given, else its default."""
    value = given.get(name)
    return known.fields(call)[name]["default"] if value is None else value


def check(call: str, given: Mapping[str, Any]) -> None:
    """Hold a body against its published shape.

    Raises:
        Rejection: it does not fit.
    """
    found = list(flaws(dict(given), known.schema(call), {}))
    if found:
        entries = [
            {"loc": ["body", *flaw.path.split(".")], "msg": f"value {flaw.reason}", "type": flaw.rule}
            for flaw in found
        ]
        raise Rejection(JSONResponse({"detail": entries}, 422))


def plan(call: str, given: Mapping[str, Any], options: Mapping[str, Any]) -> Job:
    """Find out what a generation makes.

    Args:
        call: `txt2img` or `img2img`.
        given: the body.
        options: the machine's settings.

    Raises:
        Rejection: it cannot be done.
    """
    check(call, given)
    settings: dict[str, Any] = {**options, **(given.get("override_settings") or {})}
    checkpoint = known.checkpoint_of(str(settings["sd_model_checkpoint"]))
    if checkpoint is None:
        raise Rejection(refused(404, "Model not found"))
    sampler = given.get("sampler_name") or value_of(call, given, "sampler_index")
    if sampler not in known.SAMPLERS:
        raise Rejection(refused(400, "Sampler not found"))
    _check_scripts(given)
    source = _start(given) if call == "img2img" else None
    count = value_of(call, given, "batch_size") * value_of(call, given, "n_iter")
    if count < 1 or value_of(call, given, "steps") < 1:
        raise Rejection(broken("ZeroDivisionError", "division by zero"))
    size = _size(call, given, source)
    if min(size) < _STEP or max(size) > _MOST_SIDE or size[0] * size[1] * count > _MEMORY:
        raise Rejection(broken("OutOfMemoryError", "CUDA out of memory."))
    if breaks(str(given.get("prompt", ""))):
        raise Rejection(broken("RuntimeError", "mat1 and mat2 shapes cannot be multiplied"))
    seed = value_of(call, given, "seed")
    form = {"jpg": "jpeg"}.get(str(settings["samples_format"]), str(settings["samples_format"]))
    form = form if form in {"png", "jpeg", "webp"} else "png"
    return Job(call, given, checkpoint, size, count, new_seed() if seed < 0 else seed, form, source)


def _check_scripts(given: Mapping[str, Any]) -> None:
    if given.get("script_name"):
        raise Rejection(refused(422, f"Script '{given['script_name']}' not found"))
    wanted: Mapping[str, Any] = given.get("alwayson_scripts") or {}
    for name in wanted:
        if name.lower() not in known.SCRIPTS:
            raise Rejection(refused(422, f"always on script {name} not found"))


def _start(given: Mapping[str, Any]) -> Source:
    if not given.get("init_images"):
        raise Rejection(refused(404, "Init image not found"))
    source = read(given["init_images"][0])
    if given.get("mask"):
        read(given["mask"])
    return source


def _size(call: str, given: Mapping[str, Any], source: Source | None) -> Size:
    """A size on the grid of eight; a repainted part goes back into its picture, which keeps its size."""
    if source is not None and given.get("mask") and value_of(call, given, "inpaint_full_res"):
        return source.size
    sides = (value_of(call, given, "width"), value_of(call, given, "height"))
    if call == "txt2img" and given.get("enable_hr"):
        resized = (value_of(call, given, "hr_resize_x"), value_of(call, given, "hr_resize_y"))
        scale = value_of(call, given, "hr_scale")
        sides = resized if all(resized) else (int(sides[0] * scale), int(sides[1] * scale))
    return sides[0] // _STEP * _STEP, sides[1] // _STEP * _STEP


def enlarged(given: Mapping[str, Any]) -> tuple[Source, Size]:
    """A picture, and the size it is enlarged to.

    Raises:
        Rejection: it cannot be done.
    """
    call = "extra-single-image"
    check(call, given)
    source = read(str(given.get("image", "")))
    for name in ("upscaler_1", "upscaler_2"):
        if value_of(call, given, name) not in known.UPSCALERS:
            raise Rejection(broken("AssertionError", f"could not find upscaler named {given[name]}"))
    if value_of(call, given, "resize_mode") == _BY_SIZE:
        size = (value_of(call, given, "upscaling_resize_w"), value_of(call, given, "upscaling_resize_h"))
    else:
        by = value_of(call, given, "upscaling_resize")
        size = (int(source.probe.width * by), int(source.probe.height * by))
    if min(size) < 1 or max(size) > _MOST_SIDE:
        raise Rejection(broken("OutOfMemoryError", "CUDA out of memory."))
    return source, size


def read(text: str) -> Source:
    """A picture inside the body; addresses are not fetched.

    Raises:
        Rejection: it is none.
    """
    try:
        return read_source(text, lambda _: None)
    except (Unreachable, Unreadable):
        raise Rejection(refused(500, "Invalid encoded image")) from None


def refused(status: int, detail: str) -> Response:
    """An error that the service itself raises."""
    body = {"error": "HTTPException", "detail": detail, "body": "", "errors": ""}
    return JSONResponse(body, status)


def broken(name: str, text: str) -> Response:
    """An exception that nobody caught."""
    return JSONResponse({"error": name, "detail": "", "body": "", "errors": text}, 500)
