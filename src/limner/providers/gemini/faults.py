"""Errors as Google writes them: `google.rpc.Status`, and the shorter form of interactions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from limner.core.http import HttpReply
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers._shared.voice import Kind, Said

_UNBILLED: Final = (Again.ANOTHER, Billed.NO)
LATER: Final[Kind] = (Unavailable, Again.NEVER, Billed.UNKNOWN)
KINDS: Final[Mapping[int, Kind]] = {
    400: (BadRequest, *_UNBILLED),
    401: (Unauthorized, *_UNBILLED),
    402: (OutOfCredit, *_UNBILLED),
    403: (Unauthorized, *_UNBILLED),
    404: (BadRequest, *_UNBILLED),
    413: (BadRequest, *_UNBILLED),
    429: (RateLimited, Again.SAME, Billed.NO),
    499: (ProviderError, Again.NEVER, Billed.UNKNOWN),
    500: LATER,
    502: LATER,
    503: LATER,
    504: LATER,
}
_OWN: Final[Mapping[int, Kind]] = {
    500: (Unavailable, Again.SAME, Billed.NO),
    503: (Unavailable, Again.SAME, Billed.NO),
}
"""What they stand for in Google's own words; else a proxy may have said so. Requests that "fail with a 400
or 500 error" are not charged (ai.google.dev, billing)."""
_NO_KEY: Final = "API_KEY_INVALID"
_NO_BILLING: Final = {"FAILED_PRECONDITION", "failed_precondition"}
_NO_QUOTA: Final = re.compile(r"\blimit: 0\b")
"""An account without any quota for pictures: "do not retry"."""
_DELAY: Final = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s")
_ASKED: Final = re.compile(r"retry in (\d{1,6}(?:\.\d{1,9})?)s")


@dataclass(frozen=True, slots=True)
class Fault(Said):
    """An error in Google's words."""

    reasons: tuple[str, ...] = ()
    """Of its details."""
    delay: float | None = None
    """Seconds to wait. Absent: it does not say."""


def read(reply: HttpReply) -> Fault | None:
    """Read an error, also one that a list was put around. `None`: it has none of Google's words."""
    try:
        document = parse(reply.body)
    except ValueError:
        return None
    error = mapping(mapping(next(iter(items(document)), document)).get("error"))
    message, code = text(error.get("message")), error.get("code")
    status = text(error.get("status")) or text(code)
    if message is None and status is None:
        return None
    details = [mapping(detail) for detail in items(error.get("details"))]
    reasons = tuple(reason for detail in details if (reason := text(detail.get("reason"))))
    return Fault(message or status or "", status, reasons, _delay(message, details))


def _delay(message: str | None, details: list[Mapping[str, object]]) -> float | None:
    for detail in details:
        told = _DELAY.fullmatch(text(detail.get("retryDelay")) or "")
        if told:
            return float(told[1])
    asked = _ASKED.search(message or "")
    return float(asked[1]) if asked else None


def kind(fault: Fault | None, status: int) -> Kind | None:
    """What an answer stands for where its words say more than its status. `None`: they do not."""
    if fault is None:
        return None
    if _NO_KEY in fault.reasons:
        return (Unauthorized, *_UNBILLED)
    if fault.code in _NO_BILLING:
        return (Unauthorized, *_UNBILLED)
    if KINDS.get(status, LATER)[0] is RateLimited and _NO_QUOTA.search(fault.message):
        return (OutOfCredit, *_UNBILLED)
    return _OWN.get(status)


def remedy(fault: Fault | None) -> str | None:
    """What to do, where the words say so. `None`: as the status says."""
    if fault is not None and fault.code in _NO_BILLING:
        return "Enable billing for the key's project, or call from a region that Google serves."
    return None
