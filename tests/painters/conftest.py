"""What the painters' tests paint with."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pytest

from limner.core.adapter import Done, Order
from limner.core.models import NATIVE, Hosting, Model
from limner.core.operations import Operation
from limner.core.pictures import Picture
from limner.core.requests import Request
from limner.painters.embedded.painter import Embedded
from limner.painters.embedded.rasters import Pixels, encode

Paint = Callable[..., Done]


def _model(painter: str, wire: Mapping[str, object]) -> Model:
    return Model(
        f"limner/{painter}",
        "limner",
        painter,
        dict.fromkeys(Operation, NATIVE),
        "src/limner/painters",
        date(2026, 11, 21),
        hosting=Hosting.HERE,
        wire={"painter": painter, **wire},
    )


@pytest.fixture
def paint() -> Paint:
    """Have the embedded painter carry out an operation as the engine would."""

    def painted(
        painter: str,
        operation: Operation,
        *pictures: Pixels,
        mask: Pixels | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        progress: Callable[[float], None] = lambda _: None,
        options: Mapping[str, object] | None = None,
        **fields: object,
    ) -> Done:
        hand = Embedded()
        images = tuple(Picture(encode(picture), "image/png") for picture in pictures)
        request = Request(operation, images=images, **{"seed": 1, **fields})  # pyright: ignore[reportArgumentType]
        order = Order(
            request,
            _model(painter, {}),
            hand.options(**(options or {})),
            mask=None if mask is None else encode(mask),
        )
        return hand.paint(order, progress, cancelled)

    return painted


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(20261121)
