"""Writing results: whole or not at all, and checked before money is spent."""

import os
import tempfile
from pathlib import Path

from limner.core.errors import UserError


def check_writable(path: Path) -> None:
    """Refuse a place that cannot be written to, before anything is paid for.

    Args:
        path: the file to be.

    Raises:
        UserError: its folder is missing or closed, or it is a folder itself.
    """
    folder = path.parent
    if path.is_dir():
        raise _refusal(path, "it is a folder")
    if not folder.is_dir():
        raise _refusal(path, f"the folder {folder} does not exist")
    target = path if path.exists() else folder
    if not os.access(target, os.W_OK):
        raise _refusal(path, "permission is denied")


def write(path: Path, data: bytes) -> Path:
    """Write a file so that nobody ever sees half of it.

    Args:
        path: where.
        data: all of it.

    Returns:
        The path.

    Raises:
        UserError: it cannot be written; whatever stood there before still does.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise unwritable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from error
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def unwritable(path: Path, error: OSError) -> UserError:
    """What a person is told of a place that the system refuses."""
    return _refusal(path, _reason(error))


def _refusal(path: Path, why: str) -> UserError:
    return UserError(
        f"{path} cannot be written: {why}.",
        code="unwritable_output",
        field="output",
        remedy="Choose another place.",
    )
