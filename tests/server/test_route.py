"""Routing over HTTP says what the library says."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from limner.client import plain
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request, Strategy
from limner.server.routes.route import RecommendationOut, RouteOut
from tests.support.gateway import Live


def asked(http: httpx2.Client, **body: object) -> dict[str, Any]:
    answer = http.post("/api/v1/route", json=body)
    assert answer.status_code == 200, answer.text
    RouteOut.model_validate(answer.json())
    return answer.json()


def bare(told: dict[str, Any]) -> dict[str, Any]:
    """Without prices, which the two write differently."""
    return {
        "chosen": [{**choice, "price": choice["price"]["usd"]} for choice in told["chosen"]],
        "left_out": told["left_out"],
    }


def dollars(choice: dict[str, Any]) -> dict[str, Any]:
    usd = choice["price"]
    return {**choice, "price": None if usd is None else Decimal(usd)}


def test_it_ranks_as_the_library_does(http: httpx2.Client, live: Live):
    there = bare(asked(http, prompt="a detailed pear", strategy="cheapest", size="1024x1024", max_cost="0.1"))
    request = Request(
        Operation.GENERATE,
        prompt="a detailed pear",
        strategy=Strategy.CHEAPEST,
        size=Size(1024, 1024),
        max_cost=Decimal("0.1"),
    )
    here = bare(plain.ranking(live.assembly.router.explain(request)))
    assert there["left_out"] == here["left_out"]
    assert [dollars(each) for each in there["chosen"]] == [dollars(each) for each in here["chosen"]]
    assert there["chosen"]


def test_the_operation_follows_from_what_comes(http: httpx2.Client):
    assert asked(http, prompt="a pear")["best"]["model"] == "limner/sketch"
    masked = asked(http, prompt="a pear", mask_box=[0, 0, 64, 64], provider="openai")
    assert {each["code"] for each in masked["left_out"] if each["model"] == "openai/dall-e-3"} == {"cannot"}
    edited = asked(http, prompt="a pear", image_sizes=["800x600"], strategy="priority", regions="mars")
    assert edited["best"] is None
    assert "region_unknown" in {each["code"] for each in edited["left_out"]}


@pytest.mark.parametrize(
    "body", [{"strategy": "luck"}, {"operation": "levitate"}, {"colour": "red"}], ids=str
)
def test_bad_input_is_a_problem(http: httpx2.Client, body: dict[str, str]):
    answer = http.post("/api/v1/route", json={"prompt": "a pear", **body})
    assert answer.status_code == 400
    assert answer.json()["billed"] == "no"


@pytest.mark.row("D6")
def test_a_recommendation(http: httpx2.Client, live: Live):
    answer = http.get("/api/v1/recommendation", params={"operation": "erase", "image_size": "800x600"})
    assert answer.status_code == 200, answer.text
    told = RecommendationOut.model_validate(answer.json())
    photo = Picture(b"", size=Size(800, 600))
    found = live.assembly.router.recommend(Request(Operation.ERASE, images=(photo,), mask=Mask(photo)))
    assert (told.choice.model, told.sentence) == (found.choice.model.id, found.sentence)
    capped = http.get(
        "/api/v1/recommendation", params={"operation": "erase", "max_cost": "0", "regions": "eu"}
    )
    assert capped.json()["choice"]["model"] == "limner/heal"
    wrong = http.get("/api/v1/recommendation", params={"operation": "erase", "colour": "red"})
    assert wrong.status_code == 400


@pytest.mark.row("D6")
def test_models_have_price_bands(http: httpx2.Client):
    models = {model["id"]: model for model in http.get("/api/v1/models").json()}
    assert models["limner/heal"]["operations"]["erase"]["band"] == "budget"
    bands = {able["band"] for model in models.values() for able in model["operations"].values()}
    assert bands == {"budget", "mid", "premium", None}
