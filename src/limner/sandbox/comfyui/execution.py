"""Runs a graph: what each end of it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from limner.sandbox.comfyui.graph import Graph, link_of
from limner.sandbox.pictures import Source
from limner.sandbox.probe import probe
from limner.sandbox.sizes import Size
from limner.sandbox.words import breaks

_MEMORY: Final = 40_000_000  # pixels: the emulated card's
_GRID: Final = 8
_UPSCALE: Final = 4

Load = Callable[[str], bytes]
"""Reads a file that was uploaded."""


class Broken(Exception):
    """A node fails while it works."""

    def __init__(self, node: str, kind: str, text: str) -> None:
        """Fail.

        Args:
            node: its id.
            kind: the exception's class.
            text: the exception's message.
        """
        super().__init__(text)
        self.node = node
        self.kind = kind
        self.text = text


@dataclass(frozen=True, slots=True)
class Pixels:
    """Pictures, or what becomes some: all of one size."""

    size: Size
    count: int = 1
    subject: str = ""
    """What the pattern follows from; empty where nothing was painted yet."""
    source: Source | None = None
    """The picture that was loaded. Absent: from nothing."""


class Run:
    """One run of a graph."""

    def __init__(self, graph: Graph, load: Load) -> None:
        """Begin.

        Args:
            graph: one that was checked.
            load: reads uploads.
        """
        self._graph = graph
        self._load = load
        self._done: dict[str, tuple[Any, ...]] = {}

    def pictures(self, end: str) -> Pixels:
        """What the node at an end is given to save.

        Raises:
            Broken: a node on the way fails.
        """
        found = self._input(end, "images")
        assert isinstance(found, Pixels)  # noqa: S101 - the check of the graph made sure
        return found

    def _input(self, id_: str, name: str) -> Any:
        value = self._graph[id_]["inputs"][name]
        link = link_of(value)
        return value if link is None else self._outputs(link[0])[link[1]]

    def _outputs(self, id_: str) -> tuple[Any, ...]:
        if id_ not in self._done:
            name = self._graph[id_]["class_type"]
            given = {field: self._input(id_, field) for field in self._graph[id_]["inputs"]}
            self._done[id_] = _WORK[name](self, id_, given)
        return self._done[id_]

    def loaded(self, id_: str, given: Mapping[str, Any]) -> Source:
        """An uploaded picture."""
        data = self._load(given["image"])
        found = probe(data)
        if found is None:
            raise Broken(id_, "PIL.UnidentifiedImageError", "cannot identify image file")
        return Source(data, found)


def _sampled(run: Run, id_: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    latent: Pixels = given["latent_image"]
    if breaks(given["positive"]):
        raise Broken(id_, "RuntimeError", "mat1 and mat2 shapes cannot be multiplied")
    width, height = latent.size
    if width * height * latent.count > _MEMORY:
        raise Broken(id_, "torch.OutOfMemoryError", "Allocation on device")
    named = (given["model"], given["positive"], given["negative"], given["seed"], given["denoise"])
    return (replace(latent, subject="|".join(map(str, named))),)


def _on_grid(_: Run, __: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    pixels: Pixels = given["pixels"]
    width, height = pixels.size
    return (replace(pixels, size=(width // _GRID * _GRID, height // _GRID * _GRID)),)


def _loaded(run: Run, id_: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    source = run.loaded(id_, given)
    return Pixels(source.size, source=source), source.size


def _scaled(_: Run, __: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    image: Pixels = given["image"]
    width, height = given["width"], given["height"]
    if not width and not height:
        return (image,)
    ratio = image.size[0] / image.size[1]
    size = (width or max(1, round(height * ratio)), height or max(1, round(width / ratio)))
    return (replace(image, size=size),)


def _padded(_: Run, __: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    image: Pixels = given["image"]
    width = image.size[0] + given["left"] + given["right"]
    height = image.size[1] + given["top"] + given["bottom"]
    return replace(image, size=(width, height)), (width, height)


def _upscaled(_: Run, id_: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    image: Pixels = given["image"]
    size = (image.size[0] * _UPSCALE, image.size[1] * _UPSCALE)
    if size[0] * size[1] * image.count > _MEMORY:
        raise Broken(id_, "torch.OutOfMemoryError", "Allocation on device")
    return (replace(image, size=size),)


def _empty(_: Run, __: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    width, height = given["width"], given["height"]
    return (Pixels((width // _GRID * _GRID, height // _GRID * _GRID), given["batch_size"]),)


_WORK: Final[Mapping[str, Callable[[Run, str, Mapping[str, Any]], tuple[Any, ...]]]] = {
    "CheckpointLoaderSimple": lambda _, __, given: (given["ckpt_name"],) * 3,
    "CLIPTextEncode": lambda _, __, given: (given["text"],),
    "EmptyLatentImage": _empty,
    "KSampler": _sampled,
    "VAEDecode": lambda _, __, given: (given["samples"],),
    "VAEEncode": _on_grid,
    "VAEEncodeForInpaint": _on_grid,
    "SetLatentNoiseMask": lambda _, __, given: (given["samples"],),
    "LoadImage": _loaded,
    "LoadImageMask": lambda run, id_, given: (run.loaded(id_, given).size,),
    "ImageToMask": lambda _, __, given: (given["image"].size,),
    "ImageScale": _scaled,
    "ImagePadForOutpaint": _padded,
    "UpscaleModelLoader": lambda _, __, given: (given["model_name"],),
    "ImageUpscaleWithModel": _upscaled,
}
