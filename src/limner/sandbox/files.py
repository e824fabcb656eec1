"""Files an emulator hosts: what was uploaded to it, and what it made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from limner.core.clock import Clock
from limner.core.ids import new_id


@dataclass(frozen=True, slots=True)
class File:
    """One file."""

    path: str
    """Below the emulator's file server: `file_…/picture.png`."""
    data: bytes
    media_type: str
    expires: datetime | None
    """When its address stops working. Absent: never."""


class Files:
    """All files of one emulator, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}

    def put(self, data: bytes, media_type: str, name: str, lifetime: timedelta | None = None) -> File:
        """Host a file.

        Args:
            data: its content.
            media_type: what it is served as.
            name: the last part of its address.
            lifetime: how long its address works. Absent: for ever.
        """
        path = f"{new_id('file')}/{name}"
        expires = None if lifetime is None else self._clock.now() + lifetime
        file = File(path, data, media_type, expires)
        self._files[path] = file
        return file

    def replace(self, path: str, data: bytes, media_type: str) -> bool:
        """Fill a place that was reserved with `put`.

        Returns:
            Whether there was one.
        """
        file = self.get(path)
        if file is not None:
            self._files[path] = File(path, data, media_type, file.expires)
        return file is not None

    def get(self, path: str) -> File | None:
        """A file whose address still works."""
        file = self._files.get(path)
        if file is None or (file.expires is not None and self._clock.now() >= file.expires):
            return None
        return file
