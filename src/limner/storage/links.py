"""Links to bytes that end by themselves: until then, whoever has one sees the picture, and nobody else."""

import hashlib
import hmac
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from limner.core.errors import Refused, Stage, UserError
from limner.core.ids import new_id, new_key
from limner.core.secret import Secret
from limner.storage.blobs import check_name
from limner.storage.faults import disk_fault

_LEAST: Final = 32
"""Characters of a key."""


@dataclass(frozen=True, slots=True)
class Link:
    """What makes a link valid, to be written into a URL."""

    tenant: str
    digest: str
    expires: int
    """Unix seconds."""
    signature: str


class Links:
    """Signs links and checks them, with HMAC-SHA-256."""

    def __init__(self, key: Secret) -> None:
        """Use a key. All processes that serve the same store need the same.

        Raises:
            UserError: it is too short to be safe.
        """
        if len(key.reveal()) < _LEAST:
            raise UserError(
                f"The key of links is shorter than {_LEAST} characters.",
                code="invalid_setting",
                field="LIMNER_LINK_KEY",
                remedy="Make one with: openssl rand -base64 32",
            )
        self._key = key

    def sign(self, tenant: str, digest: str, until: datetime) -> Link:
        """Make a link.

        Args:
            tenant: whose bytes.
            digest: their SHA-256 in hexadecimal.
            until: when it ends.

        Example:
            >>> from datetime import UTC
            >>> links = Links(Secret("k" * 32))
            >>> link = links.sign("local", "0" * 64, datetime(2026, 11, 21, tzinfo=UTC))
            >>> link.expires, len(link.signature)
            (1795219200, 43)
        """
        check_name(tenant, digest)
        expires = int(until.timestamp())
        return Link(tenant, digest, expires, self._signature(tenant, digest, expires))

    def check(self, link: Link, now: datetime) -> None:
        """Let nobody through whose link is made up, changed or over.

        Raises:
            Refused: it is.
        """
        wanted = self._signature(link.tenant, link.digest, link.expires)
        if not hmac.compare_digest(wanted.encode(), link.signature.encode()):
            raise Refused(
                "This link is not valid.",
                stage=Stage.PERMISSION,
                code="invalid_link",
                remedy="Ask whoever sent it for another.",
            )
        if now.timestamp() >= link.expires:
            raise Refused(
                "This link has expired.",
                stage=Stage.PERMISSION,
                code="expired_link",
                remedy="Ask whoever sent it for another.",
            )

    def _signature(self, tenant: str, digest: str, expires: int) -> str:
        message = f"link\n{tenant}\n{digest}\n{expires}".encode()
        code = hmac.new(self._key.reveal().encode(), message, hashlib.sha256).digest()
        return urlsafe_b64encode(code).rstrip(b"=").decode()


def kept_key(path: Path) -> Secret:
    """The key in a file that only its owner reads. It is made when it is not there.

    Args:
        path: where; keep it out of backups.

    Raises:
        UserError: others may read it.
        StoreFailed: it cannot be written or read.
    """
    try:
        _make(path)
        if path.stat().st_mode & 0o077:
            raise UserError(
                f"{path} holds a key, and others than its owner may read it.",
                code="unsafe_key",
                field="LIMNER_LINK_KEY",
                remedy=f"chmod 600 {path}",
            )
        return Secret(path.read_text(encoding="ascii"))
    except OSError as error:
        raise disk_fault(error, f"Using {path}") from error


def _make(path: Path) -> None:
    """Write a new key beside and link it into place, so that two processes never end up with two."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(new_id(path.name))
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(new_key())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
