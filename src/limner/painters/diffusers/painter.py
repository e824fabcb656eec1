"""Diffusion models in this process: text to image, image to image, inpainting; on the CPU or a GPU."""

import inspect
import io
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from PIL import Image

from limner.core.adapter import Artifact, Done, Order
from limner.core.errors import Again, Billed, Cancelled, Unavailable, UserError
from limner.core.painter import Cancelled as AskCancelled
from limner.core.painter import Progress
from limner.core.pictures import Picture
from limner.painters.diffusers.options import DiffusersOptions
from limner.painters.diffusers.pipelines import Pipelines

SLUG: Final = "diffusers"
_NAMES: Final[Mapping[str, str]] = {
    "negative_prompt": "negative_prompt",
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
    "strength": "strength",
}
"""Field of the request → argument of a pipeline."""


class Diffusers:
    """Paints with weights that the operator names in limner.toml: see docs/diffusers.md."""

    slug = SLUG
    title = "Diffusers"
    options: type[object] = DiffusersOptions
    needs: tuple[str, ...] = ("torch", "diffusers", "transformers")
    at_once = 1
    charges = False

    def __init__(self) -> None:
        """Start with nothing loaded."""
        self._pipelines = Pipelines()

    def paint(self, order: Order, progress: Progress, cancelled: AskCancelled) -> Done:
        """Do the work; see `core.painter.Painter.paint`. It can be stopped at each step."""
        _stop(cancelled)
        torch: Any = import_module("torch")
        pipeline = self._pipelines.get(order.model, order.request.operation)
        _stop(cancelled)
        accepted = inspect.signature(pipeline.__call__).parameters
        called = arguments(order, accepted)
        drawn = seeds(order)
        if drawn:  # on the CPU, so that a seed means the same picture on every machine's GPU
            called["generator"] = [torch.Generator("cpu").manual_seed(seed) for seed in drawn]
        if "callback_on_step_end" in accepted:
            called["callback_on_step_end"] = _step(progress, cancelled)
        try:
            made = pipeline(**called)
        except torch.OutOfMemoryError as error:
            raise _exhausted(order, "the memory does not suffice") from error
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{order.model.label} cannot paint this: {error}.",
                code="unsuitable_request",
                remedy="Correct its limits in limner.toml, so that requests are fitted to it.",
            ) from error
        progress(1.0)
        return _done(made, drawn)


def arguments(order: Order, accepted: Mapping[str, object]) -> dict[str, Any]:
    """What the pipeline is called with.

    Args:
        order: the order.
        accepted: what its pipeline takes, by name.

    Raises:
        UserError: something that was asked for is not among what it takes. It is never left out quietly.
    """
    request = order.request
    wanted: dict[str, Any] = {"prompt": request.prompt, "num_images_per_prompt": request.n}
    for name, argument in _NAMES.items():
        value = getattr(request, name)
        if value is not None:
            wanted[argument] = value
    if request.images:
        wanted["image"] = _opened(request.images[0]).convert("RGB")
    if order.mask is not None:
        wanted["mask_image"] = _opened(Picture(order.mask)).convert("L")
    for argument in wanted:
        if argument not in accepted:
            raise UserError(
                f"The pipeline of {order.model.label} takes no `{argument}`.",
                code="unsuitable_request",
                field=next((name for name, known in _NAMES.items() if known == argument), None),
                remedy="Take it out of the model's limits in limner.toml, or leave it out of the request.",
            )
    size = request.size or (request.images[0].size if request.images else None)
    if size is not None and {"width", "height"} <= accepted.keys():  # else it follows the picture
        wanted |= {"width": size.width, "height": size.height}
    return wanted


def seeds(order: Order) -> list[int]:
    """One for each picture, so that each can be made again alone."""
    seed = order.request.seed
    return [] if seed is None else [seed + number for number in range(order.request.n)]


def _step(progress: Progress, cancelled: AskCancelled) -> Callable[..., dict[str, Any]]:
    def step(pipeline: Any, index: int, _timestep: object, values: dict[str, Any]) -> dict[str, Any]:
        _stop(cancelled)
        progress(min(1.0, (index + 1) / max(1, pipeline.num_timesteps)))
        return values

    return step


def _done(made: Any, seeds: list[int]) -> Done:
    flags = getattr(made, "nsfw_content_detected", None) or [False] * len(made.images)
    return Done(
        tuple(
            Artifact(
                _encoded(picture),
                "image/png",
                seed=seeds[number] if seeds else None,
                flagged=bool(flag),
                note="The model's own filter blanked it." if flag else None,
            )
            for number, (picture, flag) in enumerate(zip(made.images, flags, strict=True))
        )
    )


def _opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


def _encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _exhausted(order: Order, why: str) -> Unavailable:
    return Unavailable(
        f"{order.model.label} could not paint this here: {why}.",
        provider=SLUG,
        model=order.model.id,
        code="out_of_memory",
        again=Again.ANOTHER,
        billed=Billed.NO,
        remedy="Ask for fewer or smaller pictures, or choose another model.",
    )


def _stop(cancelled: AskCancelled) -> None:
    if cancelled():
        raise Cancelled("The painting was stopped.", billed=Billed.NO)
