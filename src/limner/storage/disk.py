"""Bytes in a folder: written beside, synced, and renamed, so that a file is whole or not there."""

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from limner.core.clock import SystemClock
from limner.core.ids import new_id
from limner.storage.blobs import DIGEST, TENANT, Kept, check_name, damaged, missing
from limner.storage.faults import check_floor, disk_fault

_ASIDE: Final = ".new."
"""Begins the name of a file that is not whole yet, or about to go."""
_ABANDONED: Final = timedelta(hours=1)


class DiskBlobs:
    """A folder `<tenant>/<2 digits>/<digest>`."""

    def __init__(self, folder: Path, *, floor: int = 0) -> None:
        """Use a folder; it is made when first written to.

        Args:
            folder: where.
            floor: bytes of the disk to leave free; see `check_room`. What is bought already is kept even
                below it.
        """
        self._folder = folder
        self._floor = floor

    async def put(self, tenant: str, data: bytes) -> str:
        """Store bytes."""
        return await asyncio.to_thread(self._put, tenant, data)

    async def get(self, tenant: str, digest: str) -> bytes:
        """Fetch bytes."""
        return await asyncio.to_thread(self._get, tenant, digest)

    async def delete(self, tenant: str, digest: str) -> None:
        """Remove bytes."""
        path = self._path(tenant, digest)
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            raise disk_fault(error, "Removing bytes") from error

    async def all(self, tenant: str | None = None) -> AsyncIterator[Kept]:
        """Every file, tenant by tenant. Half-written ones that somebody left an hour ago are removed."""
        tenants = await asyncio.to_thread(self._tenants) if tenant is None else [tenant]
        for name in tenants:
            for pair in range(256):
                for found in await asyncio.to_thread(self._list, name, f"{pair:02x}"):
                    yield found

    async def sweep(self, kept: Kept) -> bool:
        """Remove bytes unless they were stored anew; a file is moved aside before it is looked at again."""
        try:
            return await asyncio.to_thread(self._sweep, kept)
        except OSError as error:
            raise disk_fault(error, "Removing bytes") from error

    async def check_room(self) -> None:
        """Refuse when the disk is nearly full."""
        await asyncio.to_thread(check_floor, self._folder, self._floor)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _put(self, tenant: str, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(tenant, digest)
        try:
            if not _renewed(path):
                _make_folders(path.parent)
                _write(path, data)
            _sync_folder(path.parent)
        except OSError as error:
            raise disk_fault(error, "Storing bytes") from error
        return digest

    def _get(self, tenant: str, digest: str) -> bytes:
        path = self._path(tenant, digest)
        try:
            data = _read(path)
        except OSError as error:
            raise disk_fault(error, "Reading bytes") from error
        if data is None:
            raise missing(digest)
        if hashlib.sha256(data).hexdigest() != digest:
            raise damaged(digest)
        return data

    def _tenants(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("*") if TENANT.fullmatch(path.name))

    def _list(self, tenant: str, pair: str) -> list[Kept]:
        found: list[Kept] = []
        for path in sorted((self._folder / tenant / pair).glob("*")):
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                at = datetime.fromtimestamp(facts.st_mtime, UTC)
                if DIGEST.fullmatch(path.name):
                    found.append(Kept(tenant, path.name, at, facts.st_size))
                elif path.name.startswith(_ASIDE) and at < SystemClock().now() - _ABANDONED:
                    path.unlink()  # of a process that was killed while it wrote
        return found

    def _sweep(self, kept: Kept) -> bool:
        path = self._path(kept.tenant, kept.digest)
        aside = path.with_name(f"{_ASIDE}{new_id(path.name)}")
        try:
            if _stored_at(path) > kept.at:
                return False
            path.rename(aside)
            if _stored_at(aside) > kept.at:  # it was stored anew in between
                aside.rename(path)
                return False
        except FileNotFoundError:
            return False
        aside.unlink()
        return True

    def _path(self, tenant: str, digest: str) -> Path:
        check_name(tenant, digest)
        return self._folder / tenant / digest[:2] / digest


def _read(path: Path) -> bytes | None:
    """The bytes of a file. `None`: it is not there, nor has a sweep put it aside to look at it again."""
    for places in ([path], path.parent.glob(f"{_ASIDE}{path.name}*"), [path]):
        for place in places:
            with contextlib.suppress(FileNotFoundError):
                return place.read_bytes()
    return None


def _stored_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _renewed(path: Path) -> bool:
    """Whether a file is there; it counts as new from now on, so that no sweep takes it."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _make_folders(folder: Path) -> None:
    """Make a folder that is there after a power cut, too."""
    if folder.exists():
        return
    _make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_ASIDE)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
