"""Where results go: names that overwrite nothing unasked, checked before money is spent."""

import re
import string
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from limner.cli.asks import Ask, Task, stem_of
from limner.client.files import check_writable, write
from limner.client.results import Image
from limner.core.errors import Billed, Error, ImageProcessing, StoreFailed, UserError
from limner.core.pictures import Format
from limner.pixels.kinds import kind_of

STDOUT: Final = "-"
_ENDINGS: Final[Mapping[str, Format]] = {
    ".jpg": Format.JPEG,
    **{f".{known.value}": known for known in Format},
}
_PLACES: Final = frozenset({"stem", "n", "seed"})
_LONGEST_STEM: Final = 60


@dataclass(slots=True)
class Outputs:
    """Names the pictures of one command."""

    folder: Path
    pattern: str
    """A file name without its ending, with `{stem}`, `{n}` and `{seed}`."""
    ending: str | None
    """Absent: the one that fits the picture."""
    literal: bool
    """The person chose the name: when it is taken that is an error, not a reason for another name."""
    force: bool
    stdout: bool = False
    _taken: set[Path] = field(default_factory=set[Path])

    @property
    def format(self) -> Format | None:
        """The encoding that the ending asks for. `None`: it has none."""
        return None if self.ending is None else _ENDINGS[self.ending.lower()]

    def check(self) -> None:
        """Refuse a place that cannot be written to, or that is taken.

        Raises:
            UserError: naming the place.
        """
        if self.stdout:
            return
        if not self.literal:
            folder = self.folder
            while not folder.exists():
                folder = folder.parent
            check_writable(folder / "limner.png")
            return
        path = self.folder / f"{self.pattern}{self.ending or ''}"
        check_writable(path)
        if path.exists() and not self.force:
            raise UserError(
                f"{path} exists already.",
                code="output_exists",
                field="output",
                remedy="Give another name, or --force to overwrite it.",
            )

    def save(self, image: Image, task: Task, place: tuple[int, int, int], *, billed: Billed) -> Path | None:
        """Write a picture.

        Args:
            image: the picture.
            task: what it was made for.
            place: which request it is of, which of its pictures, out of how many asked for.
            billed: whether it was paid for.

        Returns:
            Where. `None`: to stdout.

        Raises:
            ImageProcessing: it cannot be written there; it lies in a temporary folder, which is named.
        """
        if self.stdout:
            sys.stdout.buffer.write(image.bytes)
            sys.stdout.buffer.flush()
            return None
        name = self._filled(image, task, place)
        path = self._free(self.folder / f"{name}{self._ending_of(image)}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return write(path, image.bytes)
        except (OSError, UserError) as error:
            raise _kept_elsewhere(error, path, image, billed) from error

    def beside(self, task: Task, ending: str) -> Path:
        """A free name for bytes that could not become a picture."""
        folder = Path() if self.stdout else self.folder
        folder.mkdir(parents=True, exist_ok=True)
        stem = self.pattern if self.literal and "{" not in self.pattern else default_stem(task, "kept")
        return _dodged(folder / f"{stem}.kept{ending}", self._taken)

    def keep(self, task: Task, error: Error) -> list[Path]:
        """Write what came, as it came, so that nothing that was paid for is lost.

        Args:
            task: what it was made for.
            error: which hands it over; others hand over nothing.
        """
        paths: list[Path] = []
        for data in error.kept if isinstance(error, ImageProcessing | StoreFailed) else ():
            kind = kind_of(data)
            ending = ".bin" if kind is None else f".{kind.value}"
            paths.append(self._kept(task, ending, data))
        return paths

    def _kept(self, task: Task, ending: str, data: bytes) -> Path:
        """Beside the output; where nothing can be written there, in a temporary folder."""
        try:
            return write(self.beside(task, ending), data)
        except (OSError, UserError):
            return _in_refuge(f"{default_stem(task, 'kept')}.kept{ending}", data)

    def _filled(self, image: Image, task: Task, place: tuple[int, int, int]) -> str:
        request, index, pictures = place
        # Beside {stem}, {n} counts within the request; alone it counts through all of them.
        number = index + 1 if "{stem}" in self.pattern else request * pictures + index + 1
        seed = "unknown" if image.seed is None else image.seed
        return self.pattern.format(stem=_stem(task), n=number, seed=seed)

    def _ending_of(self, image: Image) -> str:
        """The ending asked for, unless the bytes are something else."""
        if self.format is not None and self.format.media_type == image.measured.media_type:
            return self.ending or image.suffix
        return image.suffix

    def _free(self, path: Path) -> Path:
        if self.force and path not in self._taken:
            self._taken.add(path)
            return path
        return _dodged(path, self._taken)


def parse(ask: Ask, tasks: list[Task]) -> Outputs:
    """Read `--output`.

    Args:
        ask: the command.
        tasks: its requests: with several, a bare name is a folder.

    Raises:
        UserError: the name has an ending that cannot be written, or an unknown place.
    """
    text = ask.text("output")
    force = ask.flag("force")
    single = len(tasks) == 1
    default = _default_pattern(ask, tasks)
    if text == STDOUT:
        if not single or ask.pictures > 1 or ask.flag("json"):
            raise _wrong(
                "Only one picture can go to stdout, and no JSON beside it.", "Give a file or a folder."
            )
        return Outputs(Path(), default, None, literal=False, force=force, stdout=True)
    if text is None:
        return Outputs(Path(), default, None, literal=False, force=force)
    path = Path(text)
    if text.endswith("/") or path.is_dir() or (not single and not path.suffix and "{" not in path.name):
        return Outputs(path, default, None, literal=False, force=force)
    ending = path.suffix or None
    if ending is not None and "{" in ending:
        ending = None
    if ending is not None and ending.lower() not in _ENDINGS:
        raise _wrong(
            f"{path.name} ends in {ending}, which Limner does not write.",
            f"Use one of: {', '.join(sorted(_ENDINGS))}.",
        )
    pattern = path.name.removesuffix(ending or "")
    _check_places(pattern)
    pattern = pattern if _distinct(pattern, single=single, pictures=ask.pictures) else f"{pattern}-{{n}}"
    return Outputs(path.parent, pattern, ending, literal=True, force=force)


def _default_pattern(ask: Ask, tasks: list[Task]) -> str:
    name = ask.operation.value.replace("_", "-")
    stem = f"{{stem}}-{name}" if tasks[0].sources else "{stem}"
    return f"{stem}-{{n}}" if ask.pictures > 1 else stem


def _distinct(pattern: str, *, single: bool, pictures: int) -> bool:
    """Whether every picture gets a name of its own."""
    places = _places(pattern)
    if single and pictures == 1:
        return True
    return "n" in places or ("stem" in places and pictures == 1) or ("seed" in places and single)


def _places(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


def _check_places(pattern: str) -> None:
    try:
        unknown = _places(pattern) - _PLACES
    except ValueError:
        unknown = {pattern}
    if unknown:
        raise _wrong(
            f"{unknown.pop()!r} is no place in a file name.",
            "Use {stem}, {n} or {seed}, or leave braces out.",
        )


def default_stem(task: Task, otherwise: str) -> str:
    """What a task's pictures are called: after the picture, else after the prompt."""
    if task.sources:
        return stem_of(task.sources[0])
    words = re.sub(r"[^\w]+", "-", task.prompt.lower()).strip("-_")
    return words[:_LONGEST_STEM].rstrip("-_") or otherwise


def _stem(task: Task) -> str:
    return default_stem(task, "picture")


def _dodged(path: Path, taken: set[Path]) -> Path:
    """The path, or with `-2`, `-3` … the first that is free."""
    free, number = path, 1
    while free.exists() or free in taken:
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    taken.add(free)
    return free


def _kept_elsewhere(error: OSError | UserError, path: Path, image: Image, billed: Billed) -> ImageProcessing:
    """What was paid for is not lost because a disk is full."""
    refuge = _in_refuge(path.name, image.bytes)
    why = error.message if isinstance(error, UserError) else f"{path} cannot be written: {error.strerror}."
    return ImageProcessing(
        f"{why} The picture is in {refuge}.",
        code="unwritable_output",
        remedy="Fetch it from there: temporary folders are emptied.",
        billed=billed,
    )


def _in_refuge(name: str, data: bytes) -> Path:
    refuge = Path(tempfile.mkdtemp(prefix="limner-")) / name
    refuge.write_bytes(data)
    return refuge


def _wrong(message: str, remedy: str) -> UserError:
    return UserError(message, code="invalid_output", field="output", remedy=remedy)
