"""How long the embedded painter takes, beside its budgets: `python -m bench.painters`.

Each line is the median of several runs in this process, encoding included, after one run to warm
up. Healing is measured beside a bare `cv2.inpaint` of the whole picture with the same codecs.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date

import cv2
import numpy as np
from skimage import data

from limner.core.adapter import Order
from limner.core.models import NATIVE, Model
from limner.core.operations import Operation
from limner.core.pictures import Margins, Picture, Size
from limner.core.requests import Request, Tier
from limner.painters.embedded.painter import Embedded
from limner.painters.embedded.rasters import Pixels, decode, encode, hand_over

RUNS = 7
PROMPTS = (
    "a red fox in a birch forest at dawn",
    "a lighthouse in the archipelago at dusk",
    "snowy mountains under northern lights",
    "en stuga vid en sjö",
    "two swans on a lake, watercolour",
    "a bowl of lemons, still life",
    "a city skyline at night in the rain",
)


def milliseconds(work: Callable[..., object], *given: object) -> float:
    """The median of several runs."""
    work(*given)
    taken: list[float] = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work(*given)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def line(what: str, taken: float, budget: float | None = None) -> None:
    """Print one result."""
    word = "holds" if budget is None or taken <= budget else "EXCEEDED"
    verdict = "" if budget is None else f"  budget {budget:6.0f}  {word}"
    print(f"{what:<62}{taken:8.1f} ms{verdict}")


def order(painter: str, request: Request, mask: bytes | None = None) -> Order:
    """An order as the engine would give it."""
    model = Model(
        f"limner/{painter}",
        "limner",
        painter,
        dict.fromkeys(Operation, NATIVE),
        "bench",
        date(2026, 11, 21),
        wire={"painter": painter},
    )
    return Order(request, model, Embedded().options(), mask)


def paint(made: Order) -> None:
    """Have it done."""
    Embedded().paint(made, lambda _: None, lambda: False)


def photo() -> Pixels:
    """A photograph of 1024² pixels."""
    return np.asarray(cv2.resize(data.astronaut(), (1024, 1024), interpolation=cv2.INTER_CUBIC), np.uint8)


def sketches() -> None:
    """Scenes of 1024²."""
    for prompt in PROMPTS:
        request = Request(Operation.GENERATE, prompt=prompt, size=Size(1024, 1024), seed=1)
        line(f"sketch 1024²: {prompt}", milliseconds(paint, order("sketch", request)), 400)


def icons() -> None:
    """Icons of the default size."""
    for number in range(4):
        request = Request(Operation.GENERATE, prompt="HR assistant", size=Size(512, 512), seed=number)
        line(f"icon 512², look {number + 1}", milliseconds(paint, order("icon", request)), 150)


def healing() -> None:
    """A spot of 24,500 pixels in a photograph of 1024²."""
    picture = photo()
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[400:556, 300:457] = 255
    sent, white = hand_over(picture), hand_over(mask)

    def bare() -> None:
        hole = decode(white)[..., 0]
        hand_over(np.asarray(cv2.inpaint(decode(sent), hole, 3, cv2.INPAINT_TELEA), np.uint8))

    bound = milliseconds(bare)
    line("heal: bare cv2.inpaint (Telea) with the same codecs", bound)
    for tier in (Tier.DRAFT, Tier.STANDARD, Tier.HIGH):
        request = Request(Operation.ERASE, images=(Picture(sent),), quality=tier, seed=1)
        taken = milliseconds(paint, order("heal", request, white))
        line(f"heal: erase, {tier}", taken, bound * 1.5 if tier is Tier.DRAFT else None)


def others() -> None:
    """What has no budget."""
    picture = Picture(encode(photo()))
    for painter, request in (
        ("cutout", Request(Operation.REMOVE_BACKGROUND, images=(picture,))),
        ("scale", Request(Operation.UPSCALE, images=(picture,), scale=2.0)),
        ("restyle", Request(Operation.RESTYLE, images=(picture,), prompt="watercolour", seed=1)),
        ("heal", Request(Operation.OUTPAINT, images=(picture,), margins=Margins(right=256), seed=1)),
    ):
        taken = milliseconds(paint, order(painter, request))
        line(f"{painter}: {request.operation} of 1024²", taken)


if __name__ == "__main__":
    cv2.setNumThreads(2)
    sketches()
    icons()
    healing()
    others()
