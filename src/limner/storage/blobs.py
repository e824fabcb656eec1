"""The port to bytes: content-addressed within a tenant, so that nobody gets another's by its digest."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from limner.core.errors import StoreFailed

TENANT: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are kept."""

    tenant: str
    digest: str
    """SHA-256 in hexadecimal."""
    at: datetime
    """When they were last stored."""
    size: int
    """How many."""


class Blobs(Protocol):
    """Bytes, wherever they are kept."""

    async def put(self, tenant: str, data: bytes) -> str:
        """Store bytes durably; those that are there already are not written again, and count as new.

        Returns:
            Their SHA-256 in hexadecimal.

        Raises:
            StoreFailed: there is no room, or the store cannot be reached.
        """
        ...

    async def get(self, tenant: str, digest: str) -> bytes:
        """Fetch bytes, and check that they are the ones stored.

        Raises:
            StoreFailed: they are not there, are damaged, or the store cannot be reached.
        """
        ...

    async def delete(self, tenant: str, digest: str) -> None:
        """Remove bytes. Those that are not there are gone already."""
        ...

    def all(self, tenant: str | None = None) -> AsyncIterator["Kept"]:
        """Everything there is. Absent tenant: of all."""
        ...

    async def sweep(self, kept: "Kept") -> bool:
        """Remove bytes that `all` gave, unless somebody has stored the same anew since.

        Returns:
            Whether they are gone.
        """
        ...

    async def check_room(self) -> None:
        """Refuse when so little room is left that what is bought could not be kept.

        Raises:
            StoreFailed: fewer bytes are free than the floor that the operator has set, or the store that
                they would go to cannot be reached.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


def check_name(tenant: str, digest: str) -> None:
    """Both become parts of a path, so neither may say where it lies."""
    if not TENANT.fullmatch(tenant) or not DIGEST.fullmatch(digest):
        raise ValueError("no name for a tenant's bytes")


def missing(digest: str) -> StoreFailed:
    """Bytes that a row names are not there."""
    return StoreFailed(
        f"The bytes {digest[:12]}… are not in the store.",
        code="blob_missing",
        remedy="Restore the folder or bucket from a backup.",
    )


def damaged(digest: str) -> StoreFailed:
    """Bytes are not those that were stored."""
    return StoreFailed(
        f"The bytes {digest[:12]}… are damaged.",
        code="blob_damaged",
        remedy="Restore them from a backup.",
    )
