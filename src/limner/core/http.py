"""HTTP as values: the description of a call, and a whole answer. No socket is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Literal

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Headers = Mapping[str, str]


def no_headers() -> Mapping[str, str]:
    """The default of an absent mapping."""
    return {}


# --- what goes out -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON document. Bytes inside it are `Inline`, so that no copy is held as text."""

    value: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Inline:
    """A place in a `JsonBody` where bytes go as base64."""

    data: bytes = field(repr=False)
    prefix: str = ""
    """`data:image/png;base64,` where the vendor wants a data URI."""


@dataclass(frozen=True, slots=True)
class FormBody:
    """`application/x-www-form-urlencoded`."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body: a text field, or a file with an explicit type."""

    name: str
    data: bytes = field(repr=False)
    filename: str | None = None
    """Absent: a plain field."""
    media_type: str | None = None
    """Absent: a plain field. A file always has one."""


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """`multipart/form-data`; the transport chooses the boundary."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class RawBody:
    """Bytes as they are."""

    data: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


Body = JsonBody | FormBody | MultipartBody | RawBody


class Timeout(StrEnum):
    """How long the answer may take; the transport knows the seconds."""

    QUICK = "quick"
    """A status, a list, a balance."""
    PAINT = "paint"
    """The picture is made while we wait."""
    TRANSFER = "transfer"
    """Bytes are moved."""


Framing = Literal["sse", "msgpack"]
"""Server-sent events, or messages behind their lengths."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """The description of a call. It holds no secret: credentials are applied by the transport."""

    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH"]
    url: str
    """A path under the profile's base, starting with `/`, or an absolute URL."""
    site: str | None = None
    """Which of `Profile.sites` a path lies under. Absent: the base."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = field(default_factory=no_headers)
    body: Body | None = None
    timeout: Timeout = Timeout.QUICK
    auth: Literal["provider", "none"] = "provider"
    """`provider` only ever reaches the profile's trusted hosts."""
    stream: Framing | None = None
    """What divides the reply into frames, to be read as they come; see `Streams`. Absent: it comes whole."""
    most_bytes: int = 256 * 1024 * 1024
    """A longer reply is cut off and is an error."""


# --- what comes in -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole answer."""

    status: int
    headers: Headers
    """Names in lower case."""
    body: bytes = field(repr=False)
    url: str = ""
    """Where it came from in the end."""
    elapsed: float = 0.0
    """Seconds."""

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream: of server-sent events, or a length-prefixed message."""

    data: bytes = field(repr=False)
    event: str | None = None
    """The name of a server-sent event. Absent: it has none."""
