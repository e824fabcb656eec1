"""What a picture was made with, written into its file where the caller wants that."""

from importlib.metadata import version
from types import MappingProxyType

from limner.core.notes import Note, NoteKind
from limner.core.pictures import Size
from limner.core.requests import Request
from limner.engine.prepare import Prepared
from limner.pixels.kinds import Kind
from limner.pixels.probe import Probed
from limner.pixels.provenance.record import embedded
from limner.pixels.settings_text import Settings


def settings_of(request: Request, prepared: Prepared, size: Size) -> Settings:
    """How a picture was made: the words as asked, the numbers as they were sent.

    Args:
        request: as asked; its seed is the picture's own, where that is known.
        prepared: what was sent.
        size: the picture's.
    """
    sent = prepared.fitted.orders[0]
    extra = {"Limner": version("limner"), "Operation": request.operation.value}
    if sent.style:
        extra["Style"] = sent.style
    return Settings(
        maker="limner",
        prompt=request.prompt or None,
        negative_prompt=request.negative_prompt,
        seed=sent.seed if request.seed is None else request.seed,
        steps=sent.steps,
        guidance=sent.guidance,
        strength=sent.strength,
        size=size,
        model=prepared.fitted.model.id,
        extra=MappingProxyType(extra),
    )


def obstacle(data: bytes, found: Probed) -> str | None:
    """Why nothing can be written into a file as the provider made it. `None`: it can.

    Args:
        data: the file.
        found: what it is.
    """
    if found.kind is Kind.SVG:
        return "a drawing has no room for them"
    if embedded(data, found.media_type):
        return "the provider's record of origin would not hold any more"
    return "the provider has written something there" if found.has_metadata else None


def unwritten(why: str) -> Note:
    """What to say where the settings could not be written."""
    return Note(NoteKind.DROPPED, f"The settings were not written into the picture: {why}.", "embed_settings")
