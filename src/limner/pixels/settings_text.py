"""What a picture was made with, as programs for image generation write it into the file.

Read: AUTOMATIC1111's `parameters` (and Limner's, which are the same with more fields), ComfyUI's graph,
NovelAI's comment. Written: the first of these, which most programs read.

Sources: https://github.com/AUTOMATIC1111/stable-diffusion-webui `modules/infotext_utils.py`;
https://github.com/comfyanonymous/ComfyUI `nodes.py` (SaveImage); pictures of NovelAI (all 2026-11-21).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, cast

from limner.core.errors import UserError
from limner.core.notes import Note, NoteKind
from limner.core.pictures import Size
from limner.pixels import comfy_graph, faults
from limner.pixels.probe import probe
from limner.pixels.texts import PARAMETERS, add_text, read_texts

Maker = Literal["limner", "a1111", "comfyui", "novelai"]
_NEGATIVE: Final = "Negative prompt: "
_FIELD: Final = re.compile(r'\s*(\w[\w \-/]{0,63}):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_LONGEST_LINE: Final = 100_000
_NEEDS_QUOTES: Final = re.compile(r'[,:"\n]')
_MARK: Final = "Limner"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a picture was made. Absent: the file does not say."""

    maker: Maker
    """Who wrote it down."""
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    size: Size | None = None
    model: str | None = None
    sampler: str | None = None
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Everything else, by the maker's own names."""


def read_settings(data: bytes) -> Settings | None:
    """Find out how a picture was made.

    Args:
        data: the whole file.

    Returns:
        What its texts say, or `None` when they say nothing of it.

    Raises:
        ImageProcessing: as `probe.probe` does.
    """
    kind = probe(data).kind
    with faults.reading(None):
        texts = read_texts(data, kind)
    if texts.get("Software") == "NovelAI" and (comment := _json(texts.get("Comment"))):
        return _from_novelai(comment, texts)
    if PARAMETERS in texts and (settings := parse(texts[PARAMETERS])):
        return settings
    if graph := _json(texts.get("prompt")):
        return _from_comfyui(graph)
    return None


def write_settings(data: bytes, settings: Settings) -> tuple[bytes, tuple[Note, ...]]:
    """Write down in the file how it was made. Its pixels are not touched.

    Args:
        data: the whole file, as Limner encoded it.
        settings: what to write.

    Returns:
        The file, and a note when its format has no room for the text.

    Raises:
        ImageProcessing: as `probe.probe` does.
    """
    kind = probe(data).kind
    written = add_text(data, kind, unparse(settings))
    if written is None:
        text = f"The settings were not written into the picture: {kind.value} has no room for them."
        return data, (Note(NoteKind.DROPPED, text, "embed_settings"),)
    return written, ()


def parse(text: str) -> Settings | None:
    r"""Read a text in AUTOMATIC1111's form.

    Args:
        text: the prompt, perhaps `Negative prompt: …`, and a last line of fields.

    Returns:
        `None` when the last line has no fields.

    Example:
        >>> parse("a cat\nNegative prompt: dogs\nSteps: 20, Seed: 7, Size: 64x32").negative_prompt
        'dogs'
    """
    words, _, last = text.strip().rpartition("\n")
    fields = {
        match[1].strip(): _unquoted(match[2].strip()) for match in _FIELD.finditer(last[:_LONGEST_LINE])
    }
    if "Steps" not in fields and "Seed" not in fields and _MARK not in fields:
        return None
    prompt, _, negative = f"\n{words}".partition(f"\n{_NEGATIVE}")
    return Settings(
        maker="limner" if _MARK in fields else "a1111",
        prompt=prompt.strip() or None,
        negative_prompt=negative.strip() or None,
        seed=_whole(fields.pop("Seed", None)),
        steps=_whole(fields.pop("Steps", None)),
        guidance=_real(fields.pop("CFG scale", None)),
        strength=_real(fields.pop("Denoising strength", None)),
        size=_size(fields.pop("Size", None)),
        model=fields.pop("Model", None),
        sampler=fields.pop("Sampler", None),
        extra=MappingProxyType(fields),
    )


def unparse(settings: Settings) -> str:
    """Write a text in AUTOMATIC1111's form.

    Args:
        settings: what to write. Fields that are absent are left out.

    Example:
        >>> print(unparse(Settings("limner", "a cat", seed=7, extra={"Limner": "0.1"})))
        a cat
        Seed: 7, Limner: 0.1
    """
    known: dict[str, object] = {
        "Steps": settings.steps,
        "Sampler": settings.sampler,
        "CFG scale": settings.guidance,
        "Seed": settings.seed,
        "Size": settings.size,
        "Model": settings.model,
        "Denoising strength": settings.strength,
        **settings.extra,
    }
    fields = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in known.items() if value is not None)
    negative = f"{_NEGATIVE}{settings.negative_prompt}" if settings.negative_prompt else ""
    return "\n".join(line for line in (settings.prompt or "", negative, fields) if line)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if _NEEDS_QUOTES.search(value) else value


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value


def _whole(value: object) -> int | None:
    number = _real(value)
    return int(number) if number is not None and number == int(number) else None


def _real(value: object) -> float | None:
    try:
        number = float(cast("str", value))
    except (TypeError, ValueError):
        return None
    return number if abs(number) < float(1 << 64) else None


def _size(value: str | None) -> Size | None:
    try:
        return Size.parse(value) if value else None
    except UserError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _json(text: str | None) -> dict[str, object]:
    try:
        found: object = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _from_novelai(comment: dict[str, object], texts: dict[str, str]) -> Settings:
    width, height = _whole(comment.get("width")), _whole(comment.get("height"))
    known = {"prompt", "uc", "seed", "steps", "scale", "strength", "width", "height", "sampler"}
    return Settings(
        maker="novelai",
        prompt=_text(comment.get("prompt")) or texts.get("Description"),
        negative_prompt=_text(comment.get("uc")),
        seed=_whole(comment.get("seed")),
        steps=_whole(comment.get("steps")),
        guidance=_real(comment.get("scale")),
        strength=_real(comment.get("strength")),
        size=Size(width, height) if width and height else None,
        model=texts.get("Source"),
        sampler=_text(comment.get("sampler")),
        extra=MappingProxyType(
            {key: str(value) for key, value in comment.items() if key not in known and value is not None}
        ),
    )


def _from_comfyui(graph: dict[str, object]) -> Settings | None:
    found = comfy_graph.read(graph)
    if found is None:
        return None
    width, height = _whole(found.get("width")), _whole(found.get("height"))
    return Settings(
        maker="comfyui",
        prompt=_text(found.get("positive")),
        negative_prompt=_text(found.get("negative")),
        seed=_whole(found.get("seed")),
        steps=_whole(found.get("steps")),
        guidance=_real(found.get("cfg")),
        strength=_real(found.get("denoise")),
        size=Size(width, height) if width and height else None,
        model=_text(found.get("model")),
        sampler=_text(found.get("sampler_name")),
    )
