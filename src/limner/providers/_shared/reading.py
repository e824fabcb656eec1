"""Lenient readers of what vendors send: what has another shape than expected counts as absent."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, cast

import pybase64
from pydantic_core import from_json

from limner.core.http import Headers, HttpReply

_URL_SAFE: Final = str.maketrans("-_", "+/")
_MOST_SAID: Final = 1000
_SECRETS: Final = re.compile(
    r"(?<=key provided: )[^\s,;]+"  # OpenAI quotes a wrong key, partly starred
    r"|(?<![\w-])(?:sk|pst|r8|key)[-_][\w*-]{4,}"
    r"|(?<=Bearer )\S+"
    r"|(?<![\w-])[0-9a-f]{32}(?![\w-])"  # Azure's older keys
    r"|[\w+/*-]{60,}={0,2}"  # longer keys, and pictures in base64
)


def parse(body: bytes) -> object:
    """Read JSON.

    Args:
        body: the document.

    Raises:
        ValueError: it is not JSON, or is cut off.

    Example:
        >>> parse(b'{"data": []}')
        {'data': []}
    """
    return from_json(body)


def mapping(value: object) -> Mapping[str, object]:
    """The value if it is a JSON object, else an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[object]:
    """The value if it is a JSON array, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: object) -> str | None:
    """The value if it is a string that is not empty."""
    return value if isinstance(value, str) and value else None


def whole(value: object) -> int | None:
    """The value if it is a whole number; `true` is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def picture(value: object) -> bytes | None:
    r"""Decode base64, with or without a data URI around it, padding, or line breaks.

    Args:
        value: what stands where a picture should.

    Returns:
        The bytes, or `None`: it is no base64, or empty.

    Example:
        >>> picture("AAEC"), picture("data:image/png;base64,AAEC"), picture("A*C")
        (b'\x00\x01\x02', b'\x00\x01\x02', None)
    """
    if not isinstance(value, str):
        return None
    try:
        return pybase64.b64decode(value, validate=True) or None
    except ValueError:
        return _mended(value)


def _mended(value: str) -> bytes | None:
    _, comma, tail = value.partition(",")
    bare = "".join((tail if comma and value.startswith("data:") else value).split()).translate(_URL_SAFE)
    bare = bare.rstrip("=")
    try:
        return pybase64.b64decode(bare + "=" * (-len(bare) % 4), validate=True) or None
    except ValueError:
        return None


def retry_after(headers: Headers) -> float | None:
    """How many seconds the vendor asks to wait.

    Args:
        headers: of the answer, in lower case.

    Returns:
        From `retry-after-ms`, else from `retry-after` in seconds or as a date beside the answer's
        own `date`; `None` when neither can be read.

    Example:
        >>> retry_after({"retry-after-ms": "1500", "retry-after": "2"}), retry_after({"retry-after": "20"})
        (1.5, 20.0)
        >>> retry_after({"retry-after": "soon"}) is None
        True
    """
    exact = _seconds(headers.get("retry-after-ms"))
    if exact is not None:
        return exact / 1000
    asked = headers.get("retry-after")
    seconds = _seconds(asked)
    return _until(asked, headers.get("date")) if seconds is None else seconds


def replied_at(headers: Headers) -> float | None:
    """When an answer was written, in Unix seconds, by its own `date`. `None`: it has none.

    Example:
        >>> replied_at({"date": "Sat, 21 Nov 2026 10:00:00 GMT"})
        1795255200.0
    """
    moment = _date(headers.get("date"))
    return moment and moment.timestamp()


def _seconds(value: str | None) -> float | None:
    plain = (value or "").strip()
    return float(plain) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", plain) else None


def _until(then: str | None, now: str | None) -> float | None:
    later, sooner = _date(then), _date(now)
    return max(0.0, (later - sooner).total_seconds()) if later and sooner else None


def _date(value: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def redact(said: str) -> str:
    """Take keys and pictures out of what a vendor said, and cut it where it goes on for too long.

    Example:
        >>> redact("Incorrect API key provided: sk-abcd***wxyz. You can find yours online.")
        'Incorrect API key provided: … You can find yours online.'
    """
    clean = _SECRETS.sub("…", said)
    return clean if len(clean) <= _MOST_SAID else f"{clean[:_MOST_SAID]}…"


def request_id(reply: HttpReply, *names: str) -> str | None:
    """The vendor's name for a request, from the first of these headers that is there."""
    return next((reply.headers[name] for name in names if reply.headers.get(name)), None)
