"""Bytes in a bucket of the S3 protocol."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from limner.core.clock import SystemClock
from limner.core.errors import StoreFailed, UserError
from limner.storage.access import BucketAccess
from limner.storage.blobs import DIGEST, TENANT, Kept, check_name, damaged, missing

FRESH: Final = timedelta(hours=12)
"""Bytes younger than this are not stored again; older ones are, so that no sweep takes them."""
RETRY: Final = timedelta(seconds=20)
"""How long a service that answers 5xx, or not at all, is asked again."""
TIMEOUT: Final = timedelta(seconds=30)
"""For one call."""
_PROBE: Final = "limner.probe"
"""An empty object, stored by each process before it buys anything."""
_FAULTS: Final = (BaseError, OSError)
_OURS: Final = re.compile(rf"(?P<tenant>{TENANT.pattern})/[0-9a-f]{{2}}/(?P<digest>{DIGEST.pattern})")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class BucketBlobs:
    """Objects `<prefix>/<tenant>/<2 digits>/<digest>`. Storing is repeated when the service stumbles."""

    def __init__(self, url: str, access: BucketAccess) -> None:
        """Use a bucket. Nothing is sent yet.

        Args:
            url: `s3://bucket/prefix`.
            access: where it is, and who asks.

        Raises:
            UserError: the address names no bucket.
        """
        parts = urlsplit(url)
        if not _BUCKET.fullmatch(parts.netloc):
            raise UserError(
                f"{url} names no bucket.",
                code="invalid_blobs",
                field="blobs",
                remedy="Write s3://bucket/prefix.",
            )
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=_config(access),
            client_options={
                "allow_http": (access.endpoint or "").startswith("http:"),
                "timeout": TIMEOUT,
            },
            retry_config={"retry_timeout": RETRY},
        )
        self._takes = False  # whether it did last

    async def put(self, tenant: str, data: bytes) -> str:
        """Store bytes."""
        digest = await asyncio.to_thread(_digest, data)
        path = _path(tenant, digest)
        try:
            if not await self._is_fresh(path):
                await obstore.put_async(self._store, path, data)
        except _FAULTS as error:
            self._takes = False
            raise _fault(error, "Storing bytes") from error
        return digest

    async def get(self, tenant: str, digest: str) -> bytes:
        """Fetch bytes."""
        try:
            found = await obstore.get_async(self._store, _path(tenant, digest))
            data = bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise missing(digest) from error
        except _FAULTS as error:
            raise _fault(error, "Reading bytes") from error
        if await asyncio.to_thread(_digest, data) != digest:
            raise damaged(digest)
        return data

    async def delete(self, tenant: str, digest: str) -> None:
        """Remove bytes."""
        try:
            await obstore.delete_async(self._store, _path(tenant, digest))
        except FileNotFoundError:
            return
        except _FAULTS as error:
            raise _fault(error, "Removing bytes") from error

    async def all(self, tenant: str | None = None) -> AsyncIterator[Kept]:
        """Every object, a page at a time."""
        try:
            async for page in obstore.list(self._store, prefix=tenant):  # pyright: ignore[reportUnknownMemberType]
                for found in page:
                    ours = _OURS.fullmatch(found["path"])
                    if ours is not None:  # a bucket may hold what others put there
                        yield Kept(ours["tenant"], ours["digest"], found["last_modified"], found["size"])
        except _FAULTS as error:
            raise _fault(error, "Listing bytes") from error

    async def sweep(self, kept: Kept) -> bool:
        """Remove bytes unless they were stored anew."""
        try:
            facts = await obstore.head_async(self._store, _path(kept.tenant, kept.digest))
        except FileNotFoundError:
            return False
        except _FAULTS as error:
            raise _fault(error, "Removing bytes") from error
        if facts["last_modified"] > kept.at:
            return False
        await self.delete(kept.tenant, kept.digest)
        return True

    async def check_room(self) -> None:
        """Refuse while the bucket takes nothing. It has no end that could be seen, so it is tried."""
        if self._takes:
            return
        try:
            await obstore.put_async(self._store, _PROBE, b"")
        except _FAULTS as error:
            raise _fault(error, "Trying the bucket") from error
        self._takes = True

    async def aclose(self) -> None:
        """Nothing is left open."""

    async def _is_fresh(self, path: str) -> bool:
        try:
            facts = await obstore.head_async(self._store, path)
        except FileNotFoundError:
            return False
        return SystemClock().now() - facts["last_modified"] < FRESH


def _config(access: BucketAccess) -> Any:
    """BucketAccess in the service's words; what is absent is left out."""
    given = {
        "endpoint": access.endpoint,
        "region": access.region or "us-east-1",
        "access_key_id": access.key_id,
        "secret_access_key": access.secret and access.secret.reveal(),
        "session_token": access.token and access.token.reveal(),
    }
    return {name: value for name, value in given.items() if value}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _path(tenant: str, digest: str) -> str:
    check_name(tenant, digest)
    return f"{tenant}/{digest[:2]}/{digest}"


def _fault(error: Exception, what: str) -> StoreFailed:
    if isinstance(error, FileNotFoundError):
        return StoreFailed(
            f"{what} failed: there is no such bucket.",
            code="store_failed",
            remedy="Make the bucket, or correct its name in LIMNER_BLOBS.",
        )
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return StoreFailed(
            f"{what} failed: the bucket refused the key.",
            code="store_failed",
            remedy="Check AWS_ACCESS_KEY_ID and its rights: list, get, put and delete in the bucket.",
        )
    return StoreFailed(
        f"{what} failed: the bucket cannot be reached.",
        code="store_unreachable",
        remedy="It is tried anew with the next request; look at the bucket's service and its address.",
    )
