"""What can go wrong on the wire, as the one fact that decides about money: did the request leave?

    Fault
    ├── NotSent     the server has surely not seen the request; it may be sent again
    ├── Lost        it may have: a paid request is never sent again after this
    └── TooLarge    the answer is longer than allowed; the request was carried out

An implementation of the port calls a failure `NotSent` only where it recognises it for certain.
Everything else is `Lost`, so that a library that changes its words errs on the safe side.
"""

from typing import Literal

Reason = Literal["refused", "dns", "tls", "pool"]
Stage = Literal["sending", "waiting", "reading"]

_REASONS: dict[Reason, str] = {
    "refused": "no connection could be made",
    "dns": "the name could not be resolved",
    "tls": "the secure connection could not be established",
    "pool": "no turn came within the time allowed",
}
_STAGES: dict[Stage, str] = {
    "sending": "while the request was being sent",
    "waiting": "while waiting for the answer",
    "reading": "while the answer was being read",
}


class Fault(Exception):
    """Base of what the wire does to us. It names a host at most: never a query, a header or a body."""


class NotSent(Fault):
    """The request never reached the server."""

    def __init__(self, reason: Reason, *, host: str, detail: str = "") -> None:
        """Say why.

        Args:
            reason: `refused` (also unreachable, or no connection in time), `dns`, `tls`, or `pool`
                (no turn or no connection came free in time).
            host: which host, with its port.
            detail: the cause in the library's words, without addresses of documents.
        """
        super().__init__(f"{host}: {_REASONS[reason]}{_in_brackets(detail)}")
        self.reason: Reason = reason
        self.host = host


class Lost(Fault):
    """The connection failed, and the server may have carried out the request."""

    def __init__(self, stage: Stage, *, host: str, status: int | None = None, detail: str = "") -> None:
        """Say how far it had come.

        Args:
            stage: `sending`, `waiting` (for the answer's head) or `reading` (its body).
            host: which host, with its port.
            status: the answer's status. Absent: its head never came.
            detail: the cause in the library's words.
        """
        answered = f" with status {status}" if status else ""
        super().__init__(f"{host}: the connection was lost {_STAGES[stage]}{answered}{_in_brackets(detail)}")
        self.stage: Stage = stage
        self.host = host
        self.status = status


class TooLarge(Fault):
    """The answer is longer than the call allows, and was not read to its end."""

    def __init__(self, *, host: str, status: int, most_bytes: int) -> None:
        """Say what was allowed.

        Args:
            host: which host, with its port.
            status: the answer's status.
            most_bytes: what was allowed, in bytes after decompression.
        """
        super().__init__(f"{host}: the answer is longer than {most_bytes} bytes")
        self.host = host
        self.status = status
        self.most_bytes = most_bytes


def _in_brackets(detail: str) -> str:
    return f" ({detail})" if detail else ""
