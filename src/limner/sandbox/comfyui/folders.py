"""The server's three folders of pictures: what was uploaded, what was made, and what is thrown away."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

_TYPES: Final = ("input", "output", "temp")


@dataclass(frozen=True, slots=True)
class Kept:
    """One file."""

    data: bytes
    charge_id: str | None = None
    """The run that made it, on the bill. Absent: it was uploaded."""


class Outside(ValueError):
    """The path leads out of its folder."""


class Folders:
    """All files of one emulator."""

    def __init__(self) -> None:
        """Start with none."""
        self._files: dict[tuple[str, str], Kept] = {}
        self._made = 0

    def upload(self, folder: str, subfolder: str, name: str, data: bytes, *, overwrite: bool) -> str:
        """Keep an upload.

        Returns:
            The name it is kept under: with a number where there is another file of that name.

        Raises:
            Outside: the path leads out of the folder.
        """
        path = PurePosixPath(_path(folder, subfolder, name))
        stem, number = path.stem, 1
        while not overwrite and self._files.get((folder, str(path)), Kept(data)).data != data:
            path = path.with_name(f"{stem} ({number}){path.suffix}")
            number += 1
        self._files[folder, str(path)] = Kept(data)
        return path.name

    def save(self, folder: str, prefix: str, data: bytes, charge_id: str) -> dict[str, str]:
        """Keep a picture that was made.

        Returns:
            Where: `filename`, `subfolder` and `type`.
        """
        self._made += 1
        subfolder, _, stem = prefix.rpartition("/")
        name = f"{stem}_{self._made:05}_.png"
        self._files[folder, _path(folder, subfolder, name)] = Kept(data, charge_id)
        return {"filename": name, "subfolder": subfolder, "type": folder}

    def find(self, folder: str, subfolder: str, name: str) -> Kept | None:
        """A file.

        Raises:
            Outside: the path leads out of the folder.
        """
        return self._files.get((folder, _path(folder, subfolder, name)))

    def uploaded(self) -> list[str]:
        """The names of what may be loaded."""
        return sorted(path for folder, path in self._files if folder == "input")

    def load(self, name: str) -> bytes:
        """An upload by name."""
        return self._files["input", name].data


def _path(folder: str, subfolder: str, name: str) -> str:
    path = PurePosixPath(subfolder) / name
    if folder not in _TYPES or path.is_absolute() or ".." in path.parts or not path.name:
        raise Outside(str(path))
    return str(path)
