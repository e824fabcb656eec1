"""Pictures through LiteLLM against the sandbox: what is sent, what comes, what it costs."""

import base64
import io
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response

from limner.assembly import Assembly
from limner.core.errors import BadRequest, Billed, Refused, UserError
from limner.core.money import Certainty
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request, Tier
from limner.sandbox.server import RunningSandbox

Build = Callable[..., Assembly]
JSON = "application/json"
# The SDK's own word on OpenAI's variations, which are no more; servers of that form still make them.
DEPRECATED = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")


def png(size: tuple[int, int] = (64, 48), colour: str = "red", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def generate(model: str = "litellm/gpt") -> Request:
    return Request(Operation.GENERATE, prompt="a kite", model=model, allow_fallback=False)


def edit(model: str = "litellm/gpt") -> Request:
    images = (Picture(png()), Picture(png(colour="blue")))
    return generate(model).replace(operation=Operation.EDIT, images=images)


@pytest.mark.row("E3")
async def test_a_generation_costs_what_was_metered(sandbox: RunningSandbox, limner_at: Build):
    async with limner_at(sandbox) as limner:
        request = generate().replace(n=2, size=Size(1536, 1024), quality=Tier.DRAFT)
        result = await limner.engine.run(request)
    assert [image.measured.size for image in result.images] == [Size(1536, 1024)] * 2
    assert result.cost.kind is Certainty.EXACT
    assert result.cost.usd == sandbox.bill.total("openai")
    assert len(sandbox.bill.charges()) == 1
    assert result.attempts[0].request_id
    assert result.attempts[0].sent == {"painter": "litellm"}


@pytest.mark.row("E3")
@pytest.mark.parametrize("model", ["litellm/gemini", "litellm/azure", "litellm/together"])
async def test_other_vendors_generate_with_url_or_base64(
    model: str, sandbox: RunningSandbox, limner_at: Build
):
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(generate(model))
    assert result.images[0].measured.size == Size(1024, 1024)
    assert [charge.provider for charge in sandbox.bill.charges()] == [model.partition("/")[2]]


@pytest.mark.row("E3")
@pytest.mark.parametrize("model", ["litellm/gpt", "litellm/gemini", "litellm/azure"])
async def test_edits_send_every_picture(model: str, sandbox: RunningSandbox, limner_at: Build):
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(edit(model))
    assert result.images
    assert len(sandbox.bill.charges()) == 1


async def test_a_mask_is_kept_to_the_pixel(sandbox: RunningSandbox, limner_at: Build):
    mask = Image.new("L", (64, 48), 0)
    mask.paste(255, (10, 10, 30, 30))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    request = generate().replace(
        operation=Operation.EDIT, images=(Picture(png()),), mask=Mask(Picture(buffer.getvalue()))
    )
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(request)
    painted = np.asarray(Image.open(io.BytesIO(result.images[0].picture.data)).convert("RGB"))
    outside = np.asarray(mask) == 0
    assert (painted[outside] == (255, 0, 0)).all()
    assert result.images[0].measured.changed_outside_mask == 0
    assert (painted[~outside] != (255, 0, 0)).any()


async def test_litellms_own_figure_is_no_cost(sandbox: RunningSandbox, limner_at: Build):
    """Its table puts a picture of Gemini's below what Gemini charges."""
    async with limner_at(sandbox) as limner:
        result = await limner.engine.run(generate("litellm/gemini"))
    assert result.cost.kind is Certainty.UNKNOWN
    assert result.cost.usd is None
    said = next(note.text for note in result.notes if "LiteLLM's price table" in note.text)
    assert Decimal(said.partition("$")[2].partition(";")[0]) != sandbox.bill.total("gemini")


@pytest.mark.row("P4")
async def test_a_model_without_a_price_is_refused_under_a_limit(sandbox: RunningSandbox, limner_at: Build):
    async with limner_at(sandbox) as limner:
        with pytest.raises(Refused) as caught:
            await limner.engine.run(generate("litellm/unpriced").replace(max_cost=Decimal(1)))
    assert caught.value.code == "price_unknown"
    assert not sandbox.requests.count("openai", "*")


async def test_a_refusal_says_whether_it_cost(sandbox: RunningSandbox, limner_at: Build):
    async with limner_at(sandbox) as limner:
        for prompt, billed in (
            ("forbidden-violence", Billed.NO),
            ("forbidden-output-violence", Billed.UNKNOWN),
        ):
            with pytest.raises(Refused) as caught:
                await limner.engine.run(generate().replace(prompt=prompt))
            assert caught.value.billed is billed


@DEPRECATED
async def test_a_variation_of_a_retired_model_is_told(sandbox: RunningSandbox, limner_at: Build):
    request = generate().replace(operation=Operation.VARIATION, prompt="", images=(Picture(png()),))
    async with limner_at(sandbox) as limner:
        with pytest.raises(BadRequest) as caught:
            await limner.engine.run(request)
    assert (caught.value.status, caught.value.billed) == (404, Billed.NO)
    assert sandbox.requests.count("openai", "POST /v1/images/variations") == 1


@DEPRECATED
@pytest.mark.row("E3")
async def test_a_variation_is_made_by_a_server_that_can(
    sandbox: RunningSandbox, limner_at: Build, httpserver: HTTPServer
):
    seen: list[Asked] = []

    def answer(asked: Asked) -> Response:
        seen.append(asked)
        picture = base64.b64encode(png((256, 256), "green")).decode()
        return Response(
            f'{{"created": 1, "data": [{{"b64_json": "{picture}"}}]}}', mimetype="application/json"
        )

    httpserver.expect_request("/v1/images/variations", method="POST").respond_with_handler(answer)
    request = Request(Operation.VARIATION, model="litellm/gpt", images=(Picture(png((256, 256))),))
    async with limner_at(sandbox, openai=httpserver.url_for("/v1")) as limner:
        result = await limner.engine.run(request)
    assert Image.open(io.BytesIO(result.images[0].picture.data)).convert("RGB").getpixel((1, 1)) == (
        0,
        128,
        0,
    )
    assert len(seen) == 1
    assert seen[0].headers["authorization"] == "Bearer sk-tenant"


# Keys and addresses


@pytest.mark.row("E12")
async def test_only_the_callers_key_is_used(
    sandbox: RunningSandbox, limner_at: Build, monkeypatch: pytest.MonkeyPatch
):
    """LiteLLM would find a key in the environment: it is the operator's, and not the caller's to spend."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-operator")
    async with limner_at(sandbox, environ={}) as limner:
        with pytest.raises(UserError) as caught:
            await limner.engine.run(generate())
    assert caught.value.code == "missing_key"
    assert "OPENAI_API_KEY" in caught.value.remedy
    assert not sandbox.requests.count("openai", "*")


async def test_a_server_without_a_key_gets_none(
    sandbox: RunningSandbox, limner_at: Build, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-operator")
    picture = base64.b64encode(png((1024, 1024))).decode()
    httpserver.expect_request(
        "/v1/images/generations", headers={"Authorization": "Bearer none"}
    ).respond_with_json({"created": 1, "data": [{"b64_json": picture}]})
    async with limner_at(sandbox, environ={}, openai=httpserver.url_for("/v1")) as limner:
        result = await limner.engine.run(generate("litellm/keyless"))
    httpserver.check()
    assert result.images


async def test_a_key_is_never_in_the_words_of_an_error(
    sandbox: RunningSandbox, limner_at: Build, httpserver: HTTPServer
):
    said = {"error": {"message": "The key sk-tenant is wrong.", "code": "invalid_api_key"}}
    httpserver.expect_request("/v1/images/generations").respond_with_json(said, status=401)
    async with limner_at(sandbox, openai=httpserver.url_for("/v1")) as limner:
        with pytest.raises(Exception, match="The key •••• is wrong") as caught:
            await limner.engine.run(generate())
    assert "sk-tenant" not in str(caught.value)


async def test_a_key_does_not_follow_a_redirect(
    sandbox: RunningSandbox, limner_at: Build, httpserver: HTTPServer
):
    httpserver.expect_request("/v1/images/generations").respond_with_data(
        "", status=307, headers={"location": f"{sandbox.root}/openai/v1/images/generations"}
    )
    async with limner_at(sandbox, openai=httpserver.url_for("/v1")) as limner:
        with pytest.raises(Exception, match="charged"):
            await limner.engine.run(generate())
    assert not sandbox.requests.count("openai", "*")


@pytest.mark.parametrize("name", ["api_base", "api_key", "max_retries"])
async def test_what_is_the_operators_is_not_the_callers(name: str, sandbox: RunningSandbox, limner_at: Build):
    async with limner_at(sandbox) as limner:
        with pytest.raises(UserError) as caught:
            await limner.engine.run(generate().replace(options={"extra": {name: "x"}}))
    assert caught.value.field == f"options.extra.{name}"


async def test_it_can_be_switched_off(sandbox: RunningSandbox, limner_at: Build):
    environ = {"OPENAI_API_KEY": "sk-x", "ENABLE_IMAGE_GENERATION_LITELLM": "false"}
    async with limner_at(sandbox, environ=environ) as limner:
        with pytest.raises(UserError) as caught:
            await limner.engine.run(generate())
    assert caught.value.code == "provider_disabled"
    assert not sandbox.requests.count("openai", "*")


async def test_what_litellm_has_no_function_for_is_refused_before_anything_is_sent(
    sandbox: RunningSandbox, limner_at: Build
):
    async with limner_at(sandbox) as limner:
        with pytest.raises(UserError) as caught:
            await limner.engine.run(
                generate("litellm/upscaler").replace(operation=Operation.UPSCALE, images=(Picture(png()),))
            )
    assert caught.value.code == "unsupported_operation"
