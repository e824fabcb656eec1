"""What the paid calls before a run's calls have brought: each is made once, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from limner.core.adapter import Artifact, Done
from limner.core.errors import Error
from limner.core.http import HttpCall, HttpReply
from limner.engine.fingerprint import fingerprint_of
from limner.engine.journal import AttemptRow

Make = Callable[[str, AttemptRow | None], Awaitable[HttpReply]]
"""Makes the call of a stage. Its row is given when another process has begun it."""


class Brought:
    """The answers of one run's preparing calls. Its orders, which go out side by side, share them."""

    def __init__(self, rows: Iterable[AttemptRow] = ()) -> None:
        """Start with what is known.

        Args:
            rows: the run's attempts so far.
        """
        self._found = {row.stage: row for row in rows if row.stage}
        self._answers: dict[str, HttpReply | Error] = {}
        self._turn = asyncio.Lock()

    async def get(self, call: HttpCall, make: Make) -> HttpReply:
        """The answer to a call, made unless it was made before.

        Args:
            call: the call.
            make: makes it.

        Raises:
            Error: it failed, now or for another of the run's orders. It is not made again: it may have
                been paid for.
        """
        stage = fingerprint_of(call)
        async with self._turn:
            if stage not in self._answers:
                try:
                    self._answers[stage] = await make(stage, self._found.get(stage))
                except Error as error:
                    self._answers[stage] = error
        answer = self._answers[stage]
        if isinstance(answer, Error):
            raise answer
        return answer


def kept_reply(reply: HttpReply) -> Done:
    """An answer in the form in which the journal keeps what came."""
    return Done((Artifact(reply.body, reply.media_type or None),))


def reply_kept(done: Done) -> HttpReply:
    """The answer again."""
    artifact = done.artifacts[0]
    body = artifact.source if isinstance(artifact.source, bytes) else b""
    headers = {"content-type": artifact.media_type} if artifact.media_type else {}
    return HttpReply(HTTPStatus.OK, headers, body)
