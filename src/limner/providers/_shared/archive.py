"""Answers that are ZIP archives: what is in them, within limits that hold before anything is inflated."""

import io
import struct
import zipfile
import zlib
from typing import Final

MAGIC: Final = b"PK\x03\x04"
MOST_MEMBERS: Final = 64
MOST_BYTES: Final = 256 * 1024 * 1024
"""Of all members together, inflated."""
_COMPRESSIONS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,  # a version from the future
    RuntimeError,  # encrypted
    IndexError,
    ValueError,  # offsets below zero, names that are no text
    EOFError,
    OSError,
)
"""What the standard library raises at an archive that is not whole."""


class _Unfit(ValueError):
    """It can be read, and holds what it must not."""


def members(
    archive: bytes, *, most_members: int = MOST_MEMBERS, most_bytes: int = MOST_BYTES
) -> tuple[bytes, ...]:
    """The files of an archive, in its order. Their names are not looked at.

    Args:
        archive: the bytes.
        most_members: how many there may be.
        most_bytes: how large they may be together.

    Raises:
        ValueError: it is none, is damaged, or holds too much.

    Example:
        >>> members(b"PK")
        Traceback (most recent call last):
        ValueError: it is no ZIP archive
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return tuple(_inflated(opened, entry) for entry in _fit(opened, most_members, most_bytes))
    except _Unfit:
        raise
    except _DAMAGE:
        raise ValueError("it is no ZIP archive") from None


def _fit(opened: zipfile.ZipFile, most_members: int, most_bytes: int) -> list[zipfile.ZipInfo]:
    """Its files, if they are as many and as large as they may be."""
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > most_members:
        raise _Unfit(f"it has {len(entries)} members")
    if sum(entry.file_size for entry in entries) > most_bytes:
        raise _Unfit("its members are too large")
    if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
        raise _Unfit("a member is compressed in an unusual way")
    return entries


def _inflated(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One member, read no further than it says it goes."""
    with opened.open(entry) as member:
        data = member.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise _Unfit("a member is not as long as it says")
    return data
