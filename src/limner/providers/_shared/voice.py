"""Errors in a vendor's name: what all of them share is said once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from limner.core.adapter import Order, Profile, Ticket
from limner.core.errors import Again, Billed, Malformed, ProviderError, Refused, Stage
from limner.core.http import HttpReply
from limner.providers._shared.reading import redact, request_id, retry_after

Kind = tuple[type[ProviderError], Again, Billed]
"""What a status stands for."""
UNLISTED: Kind = (ProviderError, Again.NEVER, Billed.UNKNOWN)


class Facts(TypedDict):
    """What every error of one answer shares."""

    provider: str
    model: str | None
    status: int | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """An error in the vendor's words."""

    message: str
    code: str | None = None
    """Absent: it gave none."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks for one vendor."""

    profile: Profile
    request_ids: tuple[str, ...] = ("x-request-id",)
    """Headers that name the request, the surest first."""
    kinds: Mapping[int, Kind] | None = None
    """What its documents say of each status. A status that is absent is not tried again."""
    waits: Mapping[int, float] | None = None
    """Seconds to wait after a status, where the answer names none."""
    remedies: Mapping[int, str] | None = None
    """What to do about a status. Absent: what the error's class says."""

    def facts(self, reply: HttpReply | None, order: Order | None) -> Facts:
        """Gather what every error of an answer shares.

        Args:
            reply: the answer. Absent: it came as a stream.
            order: what was asked. Absent: the call was about no order.
        """
        return Facts(
            provider=self.profile.slug,
            model=order.model.id if order else None,
            status=reply.status if reply else None,
            request_id=self.request_id(reply) if reply else None,
        )

    def request_id(self, reply: HttpReply) -> str | None:
        """The vendor's name for the request."""
        return request_id(reply, *self.request_ids)

    def failed(
        self,
        reply: HttpReply,
        order: Order | None,
        said: Said | None,
        ticket: Ticket | None = None,
        *,
        kind: Kind | None = None,
    ) -> ProviderError:
        """Turn an answer that is not 2xx into facts.

        Args:
            reply: the answer.
            order: what it is about.
            said: its words. Absent: it has none of the vendor's.
            ticket: what was asked for. It leaves open what became of the work.
            kind: what the answer stands for. Absent: what its status does.
        """
        raised, again, billed = kind or (self.kinds or {}).get(reply.status, UNLISTED)
        if ticket is not None and kind is None:
            again, billed = Again.NEVER, Billed.UNKNOWN
        asked = retry_after(reply.headers)
        return raised(
            f"{self.profile.title} answered {reply.status}: "
            f"{redact(said.message) if said else 'it does not say why.'}",
            **self.facts(reply, order),
            vendor_code=said.code if said else None,
            retry_after=(self.waits or {}).get(reply.status) if asked is None else asked,
            again=again,
            billed=billed,
            remedy=(self.remedies or {}).get(reply.status),
        )

    def ended(
        self,
        status: str,
        why: str,
        reply: HttpReply,
        order: Order,
        *,
        billed: Billed = Billed.UNKNOWN,
        remedy: str | None = None,
    ) -> ProviderError:
        """Say that work which was accepted came to nothing.

        Args:
            status: the vendor's word for how it ended.
            why: in its words.
            reply: the answer.
            order: what it is about.
            billed: whether it is charged.
            remedy: what to do. Absent: what the error's class says.
        """
        return ProviderError(
            f"{self.profile.title} could not paint it ({status}): {redact(why)}",
            **self.facts(reply, order),
            vendor_code=status,
            billed=billed,
            remedy=remedy,
        )

    def refused(
        self, why: str, billed: Billed, reply: HttpReply | None, order: Order | None, *categories: str
    ) -> Refused:
        """Say that the vendor's moderation said no.

        Args:
            why: in its words.
            billed: whether it charges for that.
            reply: the answer. Absent: it came as a stream.
            order: what it is about.
            categories: what moderation saw.
        """
        return Refused(
            f"{self.profile.title} refused: {redact(why)}",
            **self.facts(reply, order),
            stage=Stage.MODERATION,
            billed=billed,
            categories=categories,
            remedy="Change the prompt or the pictures: unchanged, they are refused again.",
        )

    def malformed(
        self, why: str, reply: HttpReply | None, order: Order | None, billed: Billed = Billed.UNKNOWN
    ) -> Malformed:
        """Say that an answer cannot be read.

        Args:
            why: what is wrong with it.
            reply: the answer. Absent: it came as a stream.
            order: what it is about.
            billed: `yes` when it names a picture, `no` where the call was free.
        """
        return Malformed(
            f"{self.profile.title} answered, but {why}.", **self.facts(reply, order), billed=billed
        )
