"""Pictures in ZIP archives: counted and weighed before anything is inflated."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from limner.pixels import faults
from limner.pixels.limits import DEFAULT, Limits

_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x07"
_ENCRYPTED: Final = 1
_LONGEST_ENTRY: Final = 4096
"""Bytes of a member's line in the directory, names and comments included."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds on what an archive holds; each picture in it keeps to `Limits` besides."""

    most_members: int = 200
    most_bytes: int = 400 * 1024 * 1024
    """Of all members together, inflated."""
    most_ratio: int = 200
    """Bytes inflated for each byte in the archive. Pictures are compressed already: they stay near 1."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    """Its last part only: folders are dropped, so it can name no place outside."""
    data: bytes


def read_archive(
    data: bytes, *, limits: Limits = DEFAULT, archive: ArchiveLimits | None = None
) -> tuple[Member, ...]:
    """Take the files out of an archive. Archives inside it stay closed.

    Args:
        data: the whole archive.
        limits: what is too much for one file.
        archive: what is too much for all. Absent: the usual.

    Returns:
        The files in their order, folders left out.

    Raises:
        ImageProcessing: `not_an_archive`, `damaged_archive`, `encrypted_archive`, `unsupported_archive`,
            `too_many_members` or `too_many_bytes`.
    """
    bounds = archive or ArchiveLimits()
    _check_directory(data, bounds)
    try:
        with ZipFile(BytesIO(data)) as file:
            members = [member for member in file.infolist() if not member.is_dir()]
            _check(members, limits, bounds)
            return tuple(Member(_name(member), _inflate(file, member)) for member in members)
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        struct.error,
    ) as error:
        raise _damaged(str(error)) from error


def _check_directory(data: bytes, bounds: ArchiveLimits) -> None:
    """Before the library reads the whole directory: is there one, and is it of a sensible length?"""
    at = data.rfind(_END)
    if not data.startswith((b"PK\x03\x04", _END)) or at < 0 or at + 22 > len(data):
        raise faults.fault(
            "The file is not a ZIP archive.", code="not_an_archive", remedy="Send a ZIP of pictures."
        )
    (length,) = struct.unpack_from("<I", data, at + 12)
    if data.rfind(_END_64, 0, at) >= 0:
        raise faults.fault(
            "The archive is in the form for very large archives.",
            code="unsupported_archive",
            remedy="Pack fewer pictures, without ZIP64.",
        )
    if length > bounds.most_members * _LONGEST_ENTRY:
        raise _too_many_members(bounds)


def _too_many_members(bounds: ArchiveLimits) -> Exception:
    return faults.fault(
        f"The archive has too many members; the limit is {bounds.most_members}.",
        code="too_many_members",
        remedy="Split it into several archives.",
    )


def _damaged(why: str) -> Exception:
    return faults.fault(
        f"The archive is damaged: {why.strip().rstrip('.').lower()}.",
        code="damaged_archive",
        remedy="Pack it again.",
    )


def _check(members: list[ZipInfo], limits: Limits, bounds: ArchiveLimits) -> None:
    if len(members) > bounds.most_members:
        raise _too_many_members(bounds)
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise faults.fault(
                "The archive is encrypted.", code="encrypted_archive", remedy="Pack it without a password."
            )
        if member.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise faults.fault(
                "The archive is packed in an unusual way.",
                code="unsupported_archive",
                remedy="Pack it as a plain ZIP.",
            )
        if member.file_size > limits.most_bytes:
            raise _too_many_bytes(f"{_name(member)!r} has {member.file_size:,} bytes", limits.most_bytes)
        if member.file_size > bounds.most_ratio * max(member.compress_size, 1):
            raise _too_many_bytes(
                f"{_name(member)!r} inflates to {member.file_size:,} bytes",
                bounds.most_ratio * max(member.compress_size, 1),
            )
    total = sum(member.file_size for member in members)
    if total > bounds.most_bytes:
        raise _too_many_bytes(f"The archive inflates to {total:,} bytes", bounds.most_bytes)


def _too_many_bytes(what: str, limit: int) -> Exception:
    return faults.fault(
        f"{what}; the limit is {limit:,}.", code="too_many_bytes", remedy="Send smaller pictures."
    )


def _inflate(file: ZipFile, member: ZipInfo) -> bytes:
    """Inflate as many bytes as the directory says, and no more; the checksum tells whether it lied."""
    with file.open(member) as stream:
        data = stream.read(member.file_size)
        if len(data) < member.file_size:
            raise BadZipFile("a member has another length than it says")
    return data


def _name(member: ZipInfo) -> str:
    return member.filename.replace("\\", "/").rstrip("/").rpartition("/")[2] or "unnamed"
