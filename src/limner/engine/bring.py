"""Bringing a picture home from where it lies. This is free, so a finished one is asked for again."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from limner.core.adapter import Artifact, Fetch, Profile
from limner.core.clock import Clock
from limner.core.errors import Billed, TimedOut, Unavailable, UserError
from limner.core.http import HttpCall, HttpReply, Timeout
from limner.pixels.kinds import is_file
from limner.policy.retry import FIRST_PAUSE
from limner.transport.auth import Credential
from limner.transport.client import Transport
from limner.transport.faults import Fault, TooLarge

FETCH_TRIES: Final = 6
"""How often a finished picture is asked for, over half a minute."""


_PASSING: Final = frozenset({408, 425, 429})
"""Statuses below 500 after which it may lie there all the same."""


@dataclass(frozen=True, slots=True)
class Bringer:
    """Fetches the pictures of one order."""

    transport: Transport
    clock: Clock
    profile: Profile
    credential: Credential | None
    model: str
    ticketed: bool = False
    """Whether a ticket is kept by which the picture can be asked for another time."""

    async def bring(self, artifact: Artifact) -> bytes:
        """The bytes of a picture, wherever they are.

        What answers in a picture's place (a proxy's page, noise) is asked for again. When nothing else
        ever comes it is kept, and whoever looks at it sees what it was.

        Raises:
            TimedOut: it was made, and could not be fetched now; its ticket is good for another time.
            Unavailable: it was made, and could not be fetched.
        """
        source = artifact.source
        if isinstance(source, bytes):
            return source
        failed: list[HttpReply | Fault] = []
        for tried in range(FETCH_TRIES):
            if tried:
                await self.clock.sleep(FIRST_PAUSE * 2**tried)
            try:
                reply = await self.transport.fetch(source.call, self.profile, self.credential)
            except UserError as error:  # an address that is not public stays so
                raise self._undelivered(source, str(error), passing=False) from error
            except Fault as error:
                failed.append(error)
                continue
            if reply.ok and is_file(reply.body):
                return reply.body
            failed.append(reply)
        noise = [one.body for one in failed if isinstance(one, HttpReply) and one.ok and one.body]
        if len(noise) == FETCH_TRIES:
            return noise[-1]
        raise self._undelivered(source, _why(failed[-1]), passing=_passes(failed[-1]))

    def _undelivered(self, source: Fetch, why: str, *, passing: bool) -> TimedOut | Unavailable:
        told = f"{self.profile.title} made the picture, but it could not be fetched ({why})."
        slug, model = self.profile.slug, self.model
        if passing and self.ticketed:
            return TimedOut(told, provider=slug, model=model, billed=Billed.YES)
        return Unavailable(
            told,
            provider=slug,
            model=model,
            code="picture_not_fetched",
            billed=Billed.YES,
            remedy=f"It lies at {source.call.url.partition('?')[0]} for a while.",
        )


def _why(failed: HttpReply | Fault) -> str:
    return f"the answer was {failed.status}" if isinstance(failed, HttpReply) else str(failed)


def _passes(failed: HttpReply | Fault) -> bool:
    """Whether it may come another time."""
    if isinstance(failed, Fault):
        return not isinstance(failed, TooLarge)
    return failed.ok or failed.status in _PASSING or failed.status >= HTTPStatus.INTERNAL_SERVER_ERROR


async def fetch_public(transport: Transport, url: str) -> bytes:
    """Get a picture that lies at a public URL.

    Args:
        transport: that looks where the URL leads.
        url: of the picture.

    Raises:
        UserError: its address is not public, or it cannot be fetched.
    """
    try:
        reply = await transport.fetch(HttpCall("GET", url, timeout=Timeout.TRANSFER, auth="none"))
    except Fault as fault:
        raise _unfetched(url, str(fault)) from fault
    if not reply.ok:
        raise _unfetched(url, f"the answer was {reply.status}")
    return reply.body


def _unfetched(url: str, why: str) -> UserError:
    place = url.partition("?")[0]
    return UserError(
        f"{place} could not be fetched: {why}.",
        code="unreadable_url",
        field="images",
        remedy="Check the address, or download the picture and give the file.",
    )
