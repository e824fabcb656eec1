"""Bringing the subjects on: who stands where, how large, and how often."""

from limner.painters.embedded.brief import Subject
from limner.painters.embedded.stage import Spot, Stage

_MOST: int = 9
"""More of one kind than this are not painted."""
_FITS = {
    "land": {"land"},
    "water": {"water"},
    "under": {"under", "water"},
    "air": {"air"},
    "table": {"table"},
    "space": {"space", "air"},
}


def stand(
    stage: Stage,
    habitat: str,
    y: float,
    tall: float,
    left: float = 0.14,
    right: float = 0.86,
    ground: str | None = None,
) -> None:
    """Let the waiting subjects that belong here come on.

    Args:
        stage: the picture.
        habitat: which of them; `any` takes all that are left.
        y: what they stand on, or for `air` their middle.
        tall: how high the chief one is, in pixels.
        left: where the row begins, as a part of the width.
        right: where it ends.
        ground: see `Spot.ground`. Absent: what suits the habitat.
    """
    mine = [one for one in stage.waiting if habitat == "any" or one.habitat in _FITS.get(habitat, {habitat})]
    if not mine:
        return
    stage.waiting = [one for one in stage.waiting if one not in mine]
    if len(stage.brief.subjects) > 1:
        tall *= 0.84
    cast = [one for subject in mine for one in [subject] * min(_MOST, max(1, subject.count))]
    beneath = ground or {"water": "water", "land": "land", "any": "land", "table": "land"}.get(
        habitat, "none"
    )
    for subject, spot in zip(cast, _spots(stage, cast, y, tall, (left, right), beneath), strict=True):
        stage.actor(stage, subject, spot)


def _spots(
    stage: Stage, cast: list[Subject], y: float, tall: float, span: tuple[float, float], ground: str
) -> list[Spot]:
    """Places beside each other, the far ones first; one alone stands off the middle."""
    count = len(cast)
    if count == 1:
        x = stage.pick([0.36, 0.5, 0.62]) if stage.width > stage.height else stage.between(0.42, 0.58)
        return [Spot(x * stage.width, y, tall * cast[0].size, 0.0, ground)]
    room = (span[1] - span[0]) * stage.width / count
    spots: list[Spot] = []
    for number, subject in enumerate(cast):
        x = span[0] * stage.width + (number + 0.5) * room + stage.between(-0.16, 0.16) * room
        back = stage.between(0, 1) if ground != "none" else 0.5
        high = min(tall * subject.size, room * 1.25) * (1 - 0.22 * back)
        drop = -back * tall * 0.14 if ground != "none" else stage.between(-0.4, 0.4) * tall
        spots.append(Spot(x, y + drop, high, 0.12 * back if ground != "none" else 0.0, ground))
    order = sorted(range(count), key=lambda number: spots[number].y)
    for place, number in enumerate(order):
        cast[place], spots[place] = (
            (cast[number], spots[number]) if place == number else (cast[place], spots[place])
        )
    return spots
