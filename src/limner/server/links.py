"""Addresses under which a picture can be seen for a while, by whoever has one."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request as HttpRequest

from limner.assembly import Assembly
from limner.core.errors import StoreFailed, UserError
from limner.core.notes import Note, NoteKind
from limner.core.results import Image, Result
from limner.settings import Settings
from limner.storage.blobs import Blobs
from limner.storage.links import Link, Links

PATH: Final = "/links"


@dataclass(frozen=True, slots=True)
class Linked:
    """A picture's address."""

    url: str
    expires_at: datetime


class Linker:
    """Makes addresses for pictures that are kept, and finds the pictures again."""

    def __init__(self, assembly: Assembly, settings: Settings, links: Links, blobs: Blobs) -> None:
        """Use a store.

        Args:
            assembly: for the time.
            settings: how long a link lasts, and how this gateway is reached.
            links: signs.
            blobs: where the pictures are kept.
        """
        self._clock = assembly.clock
        self._life = timedelta(seconds=settings.link_seconds)
        self._root = settings.public_url
        self._links = links
        self._blobs = blobs

    async def all(self, tenant: str, result: Result, http: HttpRequest) -> list[Linked]:
        """Make the addresses of a result's pictures.

        Args:
            tenant: whose run it was.
            result: of a run that has ended: its pictures are kept.
            http: the request that is answered: its host is the address's, unless the operator has set one.
        """
        return [await self._link(tenant, image, http) for image in result.images]

    async def _link(self, tenant: str, image: Image, http: HttpRequest) -> Linked:
        digest = await asyncio.to_thread(lambda: image.picture.digest)
        until = self._clock.now() + self._life
        link = self._links.sign(tenant, digest, until)
        root = (self._root or str(http.base_url)).rstrip("/")
        query = f"expires={link.expires}&signature={link.signature}"
        return Linked(f"{root}{PATH}/{tenant}/{digest}?{query}", until)

    async def bytes_at(self, link: Link) -> bytes:
        """The bytes that an address leads to.

        Raises:
            Refused: it is made up, changed or over.
            UserError: they are not kept any more.
            StoreFailed: the store cannot be reached.
        """
        self._links.check(link, self._clock.now())
        try:
            return await self._blobs.get(link.tenant, link.digest)
        except StoreFailed as error:
            if error.code != "blob_missing":
                raise
            raise gone() from error

    def left(self, link: Link) -> int:
        """For how many seconds an address is good."""
        return max(0, int(link.expires - self._clock.now().timestamp()))


def no_links(field: str) -> Note:
    """What to say to those who ask for addresses where there are none.

    Args:
        field: in which they ask.
    """
    text = "There is nothing to link to here (see LIMNER_STORE and LIMNER_LINK_KEY), so the bytes came."
    return Note(NoteKind.ADAPTED, text, field=field, asked="url", used="b64_json")


def gone() -> UserError:
    """What to say of a picture that is not there."""
    return UserError(
        "The picture is not kept here, or not any more.",
        code="not_found",
        field="digest",
        remedy="Ask for it anew: GET /api/v1/runs lists what was made.",
    )
