"""The C2PA library, typed where it is not, and kept off the network.

A file can name a record that lies elsewhere. The library would fetch it from whatever address the file
names, this machine's own included, so that is switched off in every context made here.
"""

import io
from collections.abc import Mapping
from typing import Any, Final

from c2pa import (  # pyright: ignore[reportMissingTypeStubs]
    Builder,
    C2paError,
    C2paSigningAlg,
    Context,
    Reader,
    Settings,
    Signer,
)

__all__ = [
    "Builder",
    "C2paError",
    "C2paSigningAlg",
    "Signer",
    "add_ingredient",
    "lies_elsewhere",
    "open_reader",
    "quiet_builder",
]

_OFFLINE: Final = {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}
_ELSEWHERE: Final = "Remote:"
"""How the library begins when it was not allowed to fetch."""


def open_reader(data: bytes, media_type: str, *, anchors: str | None = None) -> Reader | None:
    """Read a file's record and check it. `None`: it has none.

    Args:
        data: the file.
        media_type: what it is.
        anchors: certificates in PEM whose word is trusted. Absent: nobody's is.

    Raises:
        C2paError: there is something, and it cannot be read; or it lies elsewhere.
    """
    trust = {"trust": {"trust_anchors": anchors}} if anchors else {}
    return Reader.try_create(media_type, io.BytesIO(data), context=_context({"verify": _OFFLINE, **trust}))


def lies_elsewhere(error: C2paError) -> bool:
    """Whether a file could not be read because it only names the address of its record."""
    return str(error).startswith(_ELSEWHERE)


def quiet_builder(definition: Mapping[str, object]) -> Builder:
    """A manifest to be. Thumbnails are off: they would make a file half as large again."""
    settings = {"verify": _OFFLINE, "builder": {"thumbnail": {"enabled": False}}}
    return Builder(dict(definition), _context(settings))


def add_ingredient(builder: Builder, facts: Mapping[str, str], media_type: str, data: bytes) -> None:
    """Name a picture that went into the one to be signed; its own manifest comes along."""
    builder.add_ingredient(dict(facts), media_type, io.BytesIO(data))  # pyright: ignore[reportUnknownMemberType]


def _context(settings: Mapping[str, Any]) -> Context:
    """Settings for one reading or signing; there is no global state."""
    return Context(Settings.from_dict(dict(settings)))  # pyright: ignore[reportUnknownMemberType]
