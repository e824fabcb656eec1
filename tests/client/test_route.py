"""`route` and `recommend` of the library, with and without awaiting."""

import io

from PIL import Image

from limner import AsyncLimner, Limner
from limner.core.requests import Strategy
from limner.engine.memory import MemoryJournal
from limner.settings import Settings
from limner.transport.client import Transport

SETTINGS = Settings(environ={"OPENAI_API_KEY": "k", "STABILITY_API_KEY": "k"})


def png(size: tuple[int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("L", size, 255).save(data, "PNG")
    return data.getvalue()


async def test_both_say_the_same():
    with Limner(settings=SETTINGS) as limner:
        here = limner.route("a photorealistic pear", strategy="cheapest", max_cost="0.2")
        advice = limner.recommend("erase")
    async with AsyncLimner(settings=SETTINGS) as later:
        assert await later.route("a photorealistic pear", strategy=Strategy.CHEAPEST, max_cost=0.2) == here
        assert (await later.recommend("erase")).sentence == advice.sentence
    assert here.best is not None
    assert here.best.price.most is not None


def test_a_mask_alone_is_enough_to_look_around():
    with Limner(settings=SETTINGS) as limner:
        ranking = limner.route("a boat", mask=png((640, 480)), strategy="priority")
        assert ranking.best is not None
        assert {"cannot", "words"} <= {each.code for each in ranking.left_out}
        edit = limner.route("a boat", [png((64, 64)), png((64, 64))], strategy="priority")
        assert "images" in {each.code for each in edit.left_out}


def test_routing_sends_and_holds_nothing(monkeypatch):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("nothing is sent or held")

    monkeypatch.setattr(Transport, "send", never)
    monkeypatch.setattr(MemoryJournal, "open", never)
    monkeypatch.setattr(MemoryJournal, "reserve", never)
    with Limner(settings=SETTINGS) as limner:
        limner.route("a pear", model="openai/gpt-image-2")
        limner.recommend("generate")
