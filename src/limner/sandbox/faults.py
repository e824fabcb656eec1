"""Planned misfortune: which request meets which fault."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final

from limner.core.errors import UserError
from limner.core.ids import new_id

HEADER: Final = "x-limner-fault"
"""A request with it meets that fault: `reset-after-billed`, or `status; status=429; retry_after=2`."""


class FaultKind(StrEnum):
    """What can go wrong."""

    LATENCY = "latency"
    """The work is done and billed at once; the answer comes `seconds` later."""
    STATUS = "status"
    """The provider answers `status` in its own words, with `Retry-After` where one is given."""
    BAD_GATEWAY = "bad-gateway"
    """A proxy answers 502 in HTML."""
    RESET_BEFORE_READ = "reset-before-read"
    """TCP reset before the body is read."""
    RESET_BEFORE_BILLED = "reset-before-billed"
    """TCP reset after the body, before any work."""
    RESET_AFTER_BILLED = "reset-after-billed"
    """TCP reset after the work was done and billed, before the first byte of the reply."""
    TRUNCATED_BODY = "truncated-body"
    """The connection ends halfway through the body."""
    STALLED_BODY = "stalled-body"
    """Half of the body, then silence: for `seconds`, or until the client leaves where that is 0."""
    WRONG_CONTENT_TYPE = "wrong-content-type"
    """The right body, declared `text/html`."""
    GARBAGE_BODY = "garbage-body"
    """200 with noise for a body."""
    OVERSIZE_BODY = "oversize-body"
    """200 with `size` bytes of blanks."""
    INVALID_BASE64 = "invalid-base64"
    """Every picture inside the JSON is broken base64."""
    EMPTY_DATA = "empty-data"
    """200, and every list of results is empty."""
    CUT_STREAM = "cut-stream"
    """A streamed reply ends after `frames` frames."""


HARMLESS: Final = frozenset({FaultKind.LATENCY, FaultKind.STALLED_BODY, FaultKind.WRONG_CONTENT_TYPE})
"""Faults after which the result may still arrive whole."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One plan. A request meets the first plan that matches it and is due.

    Example:
        >>> Fault(FaultKind.STATUS, provider="openai", status=429, retry_after=2).status
        429
    """

    kind: FaultKind
    provider: str = "*"
    """Slug of the emulator, or a pattern."""
    route: str = "*"
    """Method and path below the emulator, or a pattern: `POST /v1/images/*`."""
    nth: int = 1
    """The first matching request it strikes, counted from when it was planned."""
    times: int | None = 1
    """How many requests it strikes. None: no end."""
    probability: float = 1.0
    """How likely it strikes a request that is due, decided by the sandbox's seed."""
    seconds: float = 0.0
    """How long it waits before it acts; see `latency` and `stalled-body`."""
    status: int = 503
    """For `status`."""
    retry_after: float | None = None
    """For `status`: seconds in a `Retry-After` header. Absent: no such header."""
    size: int = 64 * 1024 * 1024
    """For `oversize-body`: bytes."""
    frames: int = 1
    """For `cut-stream`: how many arrive."""
    id: str = field(default_factory=lambda: new_id("fault"))

    def fits(self, provider: str, route: str) -> bool:
        """Whether a request to this route is of the kind it waits for."""
        return fnmatchcase(provider, self.provider) and fnmatchcase(route, self.route)


_TYPES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "provider": str,
    "route": str,
    "nth": int,
    "times": int,
    "probability": float,
    "seconds": float,
    "status": int,
    "retry_after": float,
    "size": int,
    "frames": int,
}


def read_fault(values: Mapping[str, Any]) -> Fault:
    """Read a plan as people and programs write it.

    Args:
        values: fields of `Fault` by name; `kind` is required.

    Raises:
        UserError: an unknown kind or field, or a value of the wrong type.

    Example:
        >>> read_fault({"kind": "latency", "seconds": 2}).seconds
        2.0
    """
    try:
        kind = FaultKind(str(values.get("kind")))
        rest: dict[str, Any] = {
            name: None if value is None else _TYPES[name](value)
            for name, value in values.items()
            if name != "kind"
        }
        return Fault(kind, **rest)
    except (KeyError, TypeError, ValueError) as error:
        known = ", ".join(kind.value for kind in FaultKind)
        names = ", ".join(one.name for one in fields(Fault) if one.name in {"kind", *_TYPES})
        raise UserError(
            f"The fault {dict(values)!r} cannot be read: {error}.",
            code="invalid_fault",
            remedy=f"Give a kind ({known}) and fields among {names}.",
        ) from error


def read_header(text: str) -> Fault:
    """Read the header `x-limner-fault`.

    Raises:
        UserError: as `read_fault`.

    Example:
        >>> read_header("status; status=429; retry_after=2").retry_after
        2.0
    """
    kind, *settings = (part.strip() for part in text.split(";"))
    pairs = (setting.partition("=") for setting in settings if setting)
    return read_fault({"kind": kind} | {name.strip(): value.strip() for name, _, value in pairs})


class Faults:
    """All plans. Safe to change while the server runs."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._plans: list[Fault] = []
        self._seen: dict[str, int] = {}
        self._struck: dict[str, int] = {}

    def plan(self, *faults: Fault) -> None:
        """Add plans; those made first are looked at first."""
        with self._lock:
            for fault in faults:
                self._plans.append(fault)
                self._seen[fault.id] = self._struck[fault.id] = 0

    def planned(self) -> tuple[tuple[Fault, int], ...]:
        """Every plan, with how many requests it has struck."""
        with self._lock:
            return tuple((fault, self._struck[fault.id]) for fault in self._plans)

    def clear(self) -> None:
        """Forget all plans."""
        with self._lock:
            self._plans.clear()

    def strike(self, provider: str, route: str) -> Fault | None:
        """Count an arriving request with every plan it fits, and choose what it meets.

        Args:
            provider: slug of the emulator.
            route: method and path below it.

        Returns:
            The first plan that is due, or None.
        """
        with self._lock:
            due: Fault | None = None
            for fault in self._plans:
                if not fault.fits(provider, route):
                    continue
                self._seen[fault.id] += 1
                if due is None and self._is_due(fault):
                    self._struck[fault.id] += 1
                    due = fault
            return due

    def _is_due(self, fault: Fault) -> bool:
        seen, struck = self._seen[fault.id], self._struck[fault.id]
        if seen < fault.nth or (fault.times is not None and struck >= fault.times):
            return False
        return self._chance(fault, seen) < fault.probability

    def _chance(self, fault: Fault, seen: int) -> float:
        text = f"{self._seed}|{fault.kind}|{fault.provider}|{fault.route}|{seen}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
