"""Bringing a finished picture home from where the vendor says it lies. This is free, so it is tried again."""

from dataclasses import dataclass
from typing import Final

from limner.core.adapter import Artifact, Fetch, Profile
from limner.core.clock import Clock
from limner.core.errors import Billed, Unavailable, UserError
from limner.pixels.kinds import is_file
from limner.policy.retry import FIRST_PAUSE
from limner.transport.auth import Credential
from limner.transport.client import Transport
from limner.transport.faults import Fault

FETCH_TRIES: Final = 4
"""How often a finished picture is asked for."""


@dataclass(frozen=True, slots=True)
class Bringer:
    """Fetches the pictures of one order."""

    transport: Transport
    clock: Clock
    profile: Profile
    credential: Credential | None
    model: str

    async def bring(self, artifact: Artifact) -> bytes:
        """The bytes of a picture, wherever they are.

        What answers in a picture's place (a proxy's page, noise) is asked for again, and returned when
        nothing better comes: it is kept, and whoever looks at it sees what it was.

        Raises:
            Unavailable: it was made, and could not be fetched.
        """
        source = artifact.source
        if isinstance(source, bytes):
            return source
        fault: Exception | None = None
        other = b""
        for tried in range(FETCH_TRIES):
            if tried:
                await self.clock.sleep(FIRST_PAUSE * 2**tried)
            try:
                reply = await self.transport.fetch(source.call, self.profile, self.credential)
            except UserError as error:  # an address that is not public stays so
                raise self._undelivered(source, error) from error
            except Fault as error:
                fault = error
                continue
            if reply.ok and is_file(reply.body):
                return reply.body
            other = reply.body if reply.ok else other
        if other:
            return other
        raise self._undelivered(source, fault)

    def _undelivered(self, source: Fetch, fault: Exception | None) -> Unavailable:
        why = f" ({fault})" if fault else ""
        return Unavailable(
            f"{self.profile.title} made the picture, but it could not be fetched{why}.",
            provider=self.profile.slug,
            model=self.model,
            code="picture_not_fetched",
            billed=Billed.YES,
            remedy=f"It lies at {source.call.url.partition('?')[0]} for a while.",
        )
