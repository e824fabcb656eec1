"""From the words of a command to the requests they ask for."""

import glob
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from limner.client.inputs import is_url, picture
from limner.core.errors import UserError
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Picture

STDIN: Final = "-"
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".tif", ".tiff")
"""Of the files taken from a folder."""
_GLOB: Final = frozenset("*?[")

Source = str | Path | Picture
"""A URL or data URI, a file, or what came through stdin."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A command as it was typed."""

    operation: Operation
    words: tuple[str, ...]
    """The arguments: pictures, and where one is needed the prompt at the end."""
    values: Mapping[str, object] = field(repr=False)
    """The options by name, as `options.declare` has them."""

    def text(self, name: str) -> str | None:
        """The value of an option that is text. `None`: it was not given."""
        return cast("str | None", self.values.get(name))

    def flag(self, name: str) -> bool:
        """Whether a switch is on."""
        return bool(self.values.get(name))

    @property
    def pictures(self) -> int:
        """How many pictures each request asks for."""
        return cast("int | None", self.values.get("n")) or 1


@dataclass(frozen=True, slots=True)
class Task:
    """One request to be."""

    prompt: str
    sources: tuple[Source, ...] = ()
    mask: Source | None = None
    mark: str = ""
    """Tells it from the others of its batch, also the next time. Empty: it is the only one."""

    @property
    def names(self) -> list[str]:
        """What the person calls the pictures."""
        return [name_of(source) for source in self.sources]


def tasks(ask: Ask) -> list[Task]:
    """The requests a command asks for: one, or one for each picture.

    Raises:
        UserError: a file, a prompt or a mask is missing.
    """
    needs = NEEDS[ask.operation]
    if needs.images[1] == 0:
        return [Task(_prompt(ask.text("prompt") or " ".join(ask.words)))]
    words, prompt = _split(ask, needs.prompt)
    sources = [source for word in words for source in pictures_at(word)]
    masks = _masks(ask)
    together = needs.images[1] > 1 and not ask.flag("each")
    if together or not sources:
        mask = masks.of(sources[0]) if sources else None
        return [Task(prompt, tuple(sources), mask)]
    if len(sources) == 1:
        return [Task(prompt, (sources[0],), masks.of(sources[0]))]
    return [Task(prompt, (source,), masks.of(source), _mark(source)) for source in sources]


def _mark(source: Source) -> str:
    """Of its address, or of the bytes that came by stdin; short, because keys are."""
    said = source.data if isinstance(source, Picture) else str(source).encode()
    return sha256(said).hexdigest()[:16]


def _split(ask: Ask, need: Need) -> tuple[Sequence[str], str]:
    """Tell the pictures from the prompt."""
    given = ask.text("prompt")
    if given is not None or need is not Need.REQUIRED:
        return ask.words, _prompt(given or "")
    if not ask.words:
        return (), ""
    last = ask.words[-1]
    if len(ask.words) == 1 and last != STDIN:
        looks_like_file = Path(last).suffix.lower() in SUFFIXES or is_url(last) or Path(last).exists()
        return (ask.words, "") if looks_like_file else ((), last)
    if Path(last).suffix.lower() in SUFFIXES or Path(last).exists():
        # A forgotten prompt: nobody wants to pay for a picture of a file name.
        return ask.words, ""
    return ask.words[:-1], _prompt(last)


def _prompt(text: str) -> str:
    if text != STDIN:
        return text
    if sys.stdin.isatty():
        print("Type the prompt; Ctrl-D ends it.", file=sys.stderr)
    return sys.stdin.read().strip()


def pictures_at(word: str) -> list[Source]:
    """The pictures that one argument names: a file, a folder of them, a pattern, a URL, or stdin.

    Raises:
        UserError: no file matches, or the folder has no picture.
    """
    if word == STDIN:
        return [replace(picture(sys.stdin.buffer.read()), name="stdin")]
    if is_url(word) or word.startswith("data:"):
        return [word]
    path = Path(word)
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)
        return [*_some(found, f"{word} has no picture in it.")]
    if _GLOB & set(word) and not path.exists():
        matches = sorted(Path(match) for match in glob.glob(word, recursive=True))  # noqa: PTH207 - also absolute
        return [*_some(matches, f"No file matches {word}.")]
    return [path]


def _some(found: list[Path], message: str) -> list[Path]:
    if not found:
        raise UserError(message, code="no_files", field="images", remedy="Check the path.")
    return found


@dataclass(frozen=True, slots=True)
class _Masks:
    """Where masks come from: one for all, or a folder with one for each picture."""

    one: Source | None
    folder: Path | None

    def of(self, source: Source) -> Source | None:
        """The mask of a picture. `None`: it has none."""
        if self.folder is None:
            return self.one
        stem = stem_of(source)
        for suffix in SUFFIXES:
            path = self.folder / f"{stem}{suffix}"
            if path.is_file():
                return path
        # The file that would be there: reading it fails for this picture alone, and says so.
        return self.folder / f"{stem}.png"


def _masks(ask: Ask) -> _Masks:
    mask = ask.text("mask")
    folder = cast("Path | None", ask.values.get("mask_dir"))
    if mask is not None and folder is not None:
        raise UserError(
            "--mask and --mask-dir exclude each other.",
            code="invalid_value",
            field="mask",
            remedy="Give one mask for all pictures, or a folder with one for each.",
        )
    if folder is not None and not folder.is_dir():
        raise UserError(
            f"{folder} is no folder.", code="no_files", field="mask", remedy="Give the folder of the masks."
        )
    if mask is None:
        return _Masks(None, folder)
    [one] = pictures_at(mask) if not Path(mask).is_dir() else [Path(mask)]
    return _Masks(one, folder)


def name_of(source: Source) -> str:
    """What the person calls a picture."""
    if isinstance(source, Picture):
        return source.name or "picture"
    if isinstance(source, Path):
        return str(source)
    return source if is_url(source) else "data"


def stem_of(source: Source) -> str:
    """A picture's name without folder and ending."""
    name = name_of(source)
    if isinstance(source, str):
        name = name.partition("?")[0].rstrip("/").rpartition("/")[2]
    return Path(name).stem or "picture"
