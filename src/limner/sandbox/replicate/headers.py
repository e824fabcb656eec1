"""Two headers of a new prediction: how long to wait for it, and when to give it up."""

import re
from datetime import timedelta
from typing import Final

from starlette.requests import Request

from limner.sandbox.desk import Rejection
from limner.sandbox.replicate import shapes

_WAIT: Final = re.compile(r"wait(=([1-9]|[1-5][0-9]|60))?")
_SPAN: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
_LEAST: Final = timedelta(seconds=5)


def waits(request: Request) -> bool:
    """Whether the caller waits for the result.

    Raises:
        Rejection: the header is not what is published.
    """
    text = request.headers.get("prefer")
    if text is not None and not _WAIT.fullmatch(text):
        raise Rejection(shapes.problem(400, "Prefer must be wait, or wait=n with n from 1 to 60"))
    return text is not None


def time_limit(request: Request) -> timedelta | None:
    """How long a prediction may take; None where nothing is said.

    Raises:
        Rejection: the header is not what is published, or asks for less than five seconds.
    """
    text = request.headers.get("cancel-after")
    if text is None:
        return None
    found = _SPAN.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    span = timedelta(hours=min(hours, 999), minutes=min(minutes, 99_999), seconds=min(seconds, 9_999_999))
    if span < _LEAST:
        raise Rejection(shapes.problem(400, "Cancel-After must be a duration of at least 5 seconds"))
    return span
