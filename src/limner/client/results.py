"""Results as people use them: saved, shown, or turned into other libraries' pictures."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from limner.client.files import write
from limner.core import results

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage


class Image(results.Image):
    """One finished picture."""

    __slots__ = ()

    @property
    def bytes(self) -> bytes:
        """The encoded file."""
        return self.picture.data

    @property
    def suffix(self) -> str:
        """The file name extension that fits: `.png`."""
        subtype = self.measured.media_type.partition("/")[2].partition("+")[0]
        return {"jpeg": ".jpg"}.get(subtype, f".{subtype}")

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all.

        Args:
            path: where. The bytes are written as they are; `format` of the request decides the encoding.

        Returns:
            The path.

        Raises:
            UserError: it cannot be written there; the picture is still in `bytes`.
        """
        return write(Path(path), self.bytes)

    def pil(self) -> "PilImage":
        """The picture for Pillow."""
        from PIL import Image as pillow  # noqa: N813, PLC0415

        return pillow.open(io.BytesIO(self.bytes))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Show it in a notebook."""
        del include, exclude
        return {self.measured.media_type: self.bytes}


class Result(results.Result):
    """The whole answer."""

    __slots__ = ()

    images: tuple[Image, ...]  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def image(self) -> Image:
        """The first picture."""
        return self.images[0]


def present(result: results.Result) -> Result:
    """Give a result its conveniences."""
    images = tuple(
        Image(image.picture, image.measured, image.seed, image.attempt, image.revised_prompt)
        for image in result.images
    )
    return Result(
        id=result.id,
        provider=result.provider,
        model=result.model,
        images=images,
        cost=result.cost,
        quote=result.quote,
        notes=result.notes,
        attempts=result.attempts,
        request=result.request,
        fallback_used=result.fallback_used,
        tags=result.tags,
    )
