"""What can be said of a picture without painting: `inspect` and `verify`."""

import asyncio
from typing import TYPE_CHECKING

from limner.client.fields import given
from limner.client.inputs import ImageInput

if TYPE_CHECKING:
    from limner.assembly import Assembly
    from limner.pixels.inspect import Inspection
    from limner.pixels.provenance.explain import Report


class AsyncLooks:
    """Two methods of `AsyncLimner`, which opens what they need."""

    async def _opened(self) -> "Assembly":
        raise NotImplementedError

    async def inspect(self, image: ImageInput) -> "Inspection":
        """Say what a picture is, what it was made with, and what it looks like. Nobody is asked.

        Args:
            image: the file as it is, in any form but decoded pixels, which say nothing of their making.

        Returns:
            `.file`: format, size, orientation and the like. `.settings`: what AUTOMATIC1111, ComfyUI,
            NovelAI, or Limner with `embed_settings`, wrote into it; `None` where nobody did. `.colours`: the
            main ones; `.phash`; `.blank` and `.blurred`: perhaps a refusal in disguise.

        Raises:
            UserError: it cannot be read.
            ImageProcessing: it is no picture.

        Example:
            >>> import asyncio
            >>> from limner import AsyncLimner
            >>> async def main() -> str | None:
            ...     async with AsyncLimner() as limner:
            ...         pear = dict(model="limner/sketch", size="64x64", seed=7, embed_settings=True)
            ...         made = await limner.generate("a pear", **pear)
            ...         return (await limner.inspect(made.image.picture)).settings.prompt
            >>> asyncio.run(main())
            'a pear'
        """
        from limner.pixels.inspect import inspect  # noqa: PLC0415 - OpenCV, a tenth of a second

        picture = await given(image, (await self._opened()).engine.fetch)
        return await asyncio.to_thread(inspect, picture.data, name=picture.name)

    async def verify(self, image: ImageInput) -> "Report":
        """Say where a picture comes from: who signed, what was done, and whether the record still holds.

        Args:
            image: the file as it is, in any form but decoded pixels, which have no record any more.

        Returns:
            `.standing` (`none`, `elsewhere`, `trusted`, `untrusted` or `invalid`), `.summary` in a
            sentence, `.signer`, the steps in `.chain` and the `.problems` of what does not hold. Trusted are
            those whose certificates are in `LIMNER_TRUST_ANCHORS`. Nothing is fetched but the picture.

        Raises:
            UserError: it cannot be read.
            ImageProcessing: it is no picture.

        Example:
            >>> import asyncio
            >>> from limner import AsyncLimner
            >>> async def main() -> str:
            ...     async with AsyncLimner() as limner:
            ...         made = await limner.generate("a pear", model="limner/sketch", size="64x64")
            ...         return (await limner.verify(made.image.picture)).summary
            >>> asyncio.run(main())
            'The file carries no record of its origin.'
        """
        from limner.pixels.provenance.explain import explain  # noqa: PLC0415 - reads with a heavy library

        assembly = await self._opened()
        picture = await given(image, assembly.engine.fetch)
        anchors = await asyncio.to_thread(assembly.settings.anchors)
        return await asyncio.to_thread(explain, picture.data, anchors=anchors, name=picture.name)
