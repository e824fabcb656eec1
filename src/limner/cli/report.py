"""What is said about a request that ended."""

from pathlib import Path
from typing import Final

from limner.cli.asks import Task
from limner.cli.say import cost, failure, line, say, size, tell
from limner.cli.show import can_show, show
from limner.client import plain
from limner.client.results import Image, Result
from limner.core.errors import Error

_MOST_SHOWN: Final = 4
"""Pictures; more would push what was said out of sight."""


def as_json(result: Result, task: Task, paths: list[Path | None]) -> None:
    """One line: the result, with where each picture was written."""
    images = [
        {"path": None if path is None else str(path), **plain.image(image)}
        for image, path in zip(result.images, paths, strict=True)
    ]
    line({"inputs": task.names, **plain.result(result), "images": images})


def as_text(result: Result, paths: list[Path | None], *, brief: bool, shown: bool) -> None:
    """The files' names on stdout; what is to know about them on stderr.

    Args:
        result: what came.
        paths: where each picture was written. `None`: to stdout.
        brief: only names; a table with the rest follows.
        shown: also the pictures themselves, where the terminal can.
    """
    for image, path in zip(result.images, paths, strict=True):
        if path is not None:
            tell(str(path))
        if brief:
            continue
        for told in (_facts(image), *_measured(image)):
            say(f"  {told}")
        if shown and path is not None and len(paths) <= _MOST_SHOWN and can_show():
            show(image)
    for tag in result.tags:
        tell(tag)
    if brief:
        return
    seconds = sum(attempt.seconds for attempt in result.attempts)
    say(f"  {cost(result.cost)} · {result.model} · {seconds:.1f} s")
    for text in dict.fromkeys(note.text for note in result.notes):
        say(f"  note: {text}", "dim")


def failed(error: Error, task: Task, *, about: str, kept: list[Path], json: bool) -> None:
    """What went wrong; the same as JSON on stdout.

    Args:
        error: what.
        task: with which request.
        about: how to call it. Empty: there is only one.
        kept: where bytes that came were written.
        json: whether a program reads.
    """
    failure(error, about=about)
    for path in kept:
        say(f"  The bytes as they came: {path}", "bold")
    if json:
        line({"inputs": task.names, "error": plain.error(error), "kept": [str(path) for path in kept]})


def _facts(image: Image) -> str:
    measured = image.measured
    kind = measured.media_type.partition("/")[2].partition("+")[0].upper()
    seed = "" if image.seed is None else f" · seed {image.seed}"
    return f"{measured.size} {kind} · {size(measured.bytes)}{seed}"


def _measured(image: Image) -> list[str]:
    measured = image.measured
    told: list[str] = []
    if measured.changed_outside_mask is not None and measured.outside_mask is not None:
        seam = "" if measured.seam is None else f"; step at the seam {measured.seam:.1f} of 255"
        changed, outside = f"{measured.changed_outside_mask:,}", f"{measured.outside_mask:,}"
        told.append(f"outside the mask {changed} of {outside} pixels changed{seam}")
    if measured.blank:
        told.append("every pixel is nearly the same: perhaps a refusal in disguise")
    if image.revised_prompt:
        told.append(f"painted as: {image.revised_prompt}")
    return told
