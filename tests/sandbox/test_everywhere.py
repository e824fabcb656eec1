"""What holds for every emulator: it survives each fault, and answers whatever it is sent."""

import base64
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.sandbox.a1111.models import fields as a1111_fields
from limner.sandbox.app import VENDORS, create_app
from limner.sandbox.bfl.models import models as bfl_models
from limner.sandbox.codecs import encode
from limner.sandbox.fal.endpoints import endpoints
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.gemini.models import models as gemini_models
from limner.sandbox.novelai.models import models, schemas
from limner.sandbox.openai.fields import COMMON
from limner.sandbox.openai.models import MODELS
from limner.sandbox.openrouter.models import models as openrouter_models
from limner.sandbox.openrouter.models import request_schema
from limner.sandbox.paint import paint
from limner.sandbox.replicate.models import models as replicate_models
from limner.sandbox.server import RunningSandbox
from limner.sandbox.stability.endpoints import ENDPOINTS as STABILITY
from limner.sandbox.together.models import models as together_models
from limner.sandbox.venice.models import bodies as venice_bodies
from limner.sandbox.venice.models import models as venice_models
from limner.sandbox.wavespeed.models import models as wavespeed_models
from tests.sandbox.conftest import TODAY, StillClock

PROMPT = "a kite"
CONTRACTS = Path(__file__).parents[1] / "contracts"
GRAPH = json.loads((CONTRACTS / "selfhosted" / "comfyui.json").read_text())["example_graph"]
V4 = {"caption": {"base_caption": PROMPT}}
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": ("/v1/images/generations", {"json": {"model": "gpt-image-2", "prompt": PROMPT}}),
    "azure": (
        "/openai/deployments/img2/images/generations",
        {"json": {"prompt": PROMPT}, "params": {"api-version": "2025-04-01-preview"}},
    ),
    "stability": ("/v2beta/stable-image/generate/core", {"files": {"prompt": (None, PROMPT)}}),
    "fal": ("/run/fal-ai/flux/schnell", {"json": {"prompt": PROMPT}}),
    "novelai": (
        "/ai/generate-image",
        {
            "json": {
                "input": PROMPT,
                "model": "nai-diffusion-4-5-full",
                "action": "generate",
                "parameters": {"width": 64, "height": 64, "steps": 1, "v4_prompt": V4},
            }
        },
    ),
    "bfl": ("/v1/flux-2-klein-4b", {"json": {"prompt": PROMPT}}),
    "replicate": (
        "/v1/models/black-forest-labs/flux-schnell/predictions",
        {"json": {"input": {"prompt": PROMPT}}},
    ),
    "together": (
        "/v1/images/generations",
        {"json": {"model": "Rundiffusion/Juggernaut-Lightning-Flux", "prompt": PROMPT}},
    ),
    "gemini": (
        "/v1beta/models/gemini-3.1-flash-lite-image:generateContent",
        {"json": {"contents": [{"parts": [{"text": PROMPT}]}]}},
    ),
    "venice": (
        "/api/v1/image/generate",
        {"json": {"model": "z-image-turbo", "prompt": PROMPT, "width": 64, "height": 64}},
    ),
    "wavespeed": (
        "/api/v3/wavespeed-ai/z-image/turbo",
        {"json": {"prompt": PROMPT, "size": "64*64", "enable_sync_mode": True}},
    ),
    "openrouter": (
        "/api/v1/images",
        {"json": {"model": "google/gemini-3.1-flash-image", "prompt": PROMPT, "resolution": "512"}},
    ),
    "openai-compatible": ("/v1/images/generations", {"json": {"prompt": PROMPT, "size": "64x64"}}),
    "a1111": ("/sdapi/v1/txt2img", {"json": {"prompt": PROMPT, "width": 64, "height": 64}}),
    "comfyui": ("/prompt", {"json": {"prompt": GRAPH}}),
}
OPEN = {"openai-compatible", "a1111", "comfyui"}
"""Servers on one's own machine: no key is asked for."""


def headers(slug: str, key: str) -> dict[str, str]:
    own = {"bfl": "x-key", "gemini": "x-goog-api-key"}
    if slug in own:
        return {own[slug]: key}
    if slug in OPEN:
        return {}
    scheme = {"fal": "Key"}.get(slug, "Bearer")
    return {"authorization": f"{scheme} {key}"} | ({"accept": "image/*"} if slug == "stability" else {})


def ask(sandbox: RunningSandbox, slug: str) -> httpx2.Response:
    path, rest = REQUESTS[slug]
    with httpx2.Client(timeout=httpx2.Timeout(20, read=0.5)) as client:
        return client.post(sandbox.url(slug, path), headers=headers(slug, sandbox.key(slug)), **rest)


def test_every_emulator_is_asked():
    assert {vendor.slug for vendor in VENDORS} == set(REQUESTS)


@pytest.mark.row("F6")
@pytest.mark.parametrize("slug", REQUESTS)
def test_every_fault_is_survived_and_billed_once_at_most(sandbox: RunningSandbox, slug: str):
    unbilled = {
        FaultKind.STATUS,
        FaultKind.BAD_GATEWAY,
        FaultKind.RESET_BEFORE_READ,
        FaultKind.RESET_BEFORE_BILLED,
    }
    for kind in FaultKind:
        sandbox.reset()
        sandbox.faults.plan(Fault(kind, slug))
        with suppress(httpx2.TransportError):
            ask(sandbox, slug)
        assert len(sandbox.bill.charges(slug)) == (kind not in unbilled), kind
        assert ask(sandbox, slug).is_success, kind


@pytest.mark.parametrize("slug", REQUESTS)
def test_a_failing_server_speaks_the_vendors_words(sandbox: RunningSandbox, slug: str):
    for status in (429, 500, 503):
        sandbox.faults.plan(Fault(FaultKind.STATUS, slug, status=status))
        reply = ask(sandbox, slug)
        assert reply.status_code == status
        if slug == "comfyui":
            assert reply.text.startswith(str(status))
        else:
            assert {"error", "errors", "detail", "message"} & set(reply.json())


@pytest.mark.parametrize("slug", sorted(set(REQUESTS) - OPEN))
def test_a_key_is_asked_for(sandbox: RunningSandbox, slug: str):
    path, rest = REQUESTS[slug]
    accept = {"accept": "image/*"}
    reply = httpx2.post(sandbox.url(slug, path), headers=accept, **rest)
    assert reply.status_code == {"bfl": 403, "gemini": 403, "venice": 402}.get(slug, 401)
    assert sandbox.bill.charges() == ()


# Whatever is sent


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.lists(st.text(max_size=4), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def bodies(names: list[str], **right: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mostly right bodies with some odd values under known and unknown names."""
    odd = st.dictionaries(st.sampled_from([*names, "colour"]), ODD, max_size=4)
    return st.builds(lambda base, other: base | other, st.fixed_dictionaries(right), odd)


PLENTY = dict.fromkeys(REQUESTS, 10**9)
APP = create_app(StillClock(TODAY), rates=PLENTY)
KEYS = {vendor.slug: vendor.key for vendor in VENDORS}


async def answer(slug: str, path: str, body: Any = None, **rest: Any) -> httpx2.Response:
    """Asked in process, where an exception of the emulator is raised here."""
    transport = httpx2.ASGITransport(APP)
    told = headers(slug, KEYS[slug])
    if not rest:
        rest = {"content": json.dumps(body)}
        told["content-type"] = "application/json"
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        return await client.post(f"/{slug}{path}", headers=told, **rest)


@given(bodies(list(COMMON), prompt=st.text(max_size=9), model=st.sampled_from(sorted(MODELS))))
async def test_openai_answers_anything(body: dict[str, Any]):
    reply = await answer("openai", "/v1/images/generations", body)
    assert reply.status_code in {200, 400, 404}


URI = "data:image/png;base64," + base64.b64encode(encode(paint("a", 64, 48), "png")).decode()
LARGE = base64.b64encode(encode(paint("a", 320, 240), "png")).decode()
SAMPLES: dict[str, Any] = {
    "string": PROMPT,
    "string (URL or data URI)": URI,
    "array of URL strings": [URI],
    "Array<number>": [80, 60],
}


@given(
    st.sampled_from(sorted(endpoints())).flatmap(
        lambda name: st.tuples(
            st.just(name),
            bodies(
                list(endpoints()[name].fields),
                **{
                    field: st.just(SAMPLES[spec["type"]])
                    for field, spec in endpoints()[name].fields.items()
                    if spec["required"]
                },
            ),
        )
    )
)
async def test_fal_answers_anything(case: tuple[str, dict[str, Any]]):
    name, body = case
    reply = await answer("fal", f"/run/{name}", body)
    assert reply.status_code in {200, 422}


PARAMETERS = list(schemas()["$defs"]["GenerateImageRequest"]["properties"]["parameters"]["properties"])


@given(
    bodies(
        PARAMETERS,
        width=st.just(64),
        height=st.just(64),
        v4_prompt=st.just(V4),
        params_version=st.sampled_from([3, 4]),
    ),
    st.sampled_from(sorted(models())),
    st.sampled_from(["generate", "img2img", "infill"]),
)
async def test_novelai_answers_anything(parameters: dict[str, Any], model: str, action: str):
    body = {"input": PROMPT, "model": model, "action": action, "parameters": parameters}
    for path in ("/ai/generate-image", "/ai/generate-image-stream"):
        reply = await answer("novelai", path, body)
        assert reply.status_code in {200, 400, 402}


TEXT = st.one_of(st.text(max_size=8), st.integers(-9, 9999).map(str), st.floats().map(str), st.just(PROMPT))


@given(st.sampled_from(sorted(STABILITY)), st.data())
async def test_stability_answers_anything(path: str, data: st.DataObject):
    fields = STABILITY[path].fields
    picture = (f"{path}.png", encode(paint("a", 64, 64), "png"), "image/png")
    parts: dict[str, Any] = {}
    for name, field in fields.items():
        if field.required or data.draw(st.booleans()):
            odd = (None, data.draw(TEXT))
            right = picture if field.kind == "file" else (None, (field.choices or (PROMPT,))[0])
            parts[name] = data.draw(st.sampled_from([right, right, odd]))
    reply = await answer("stability", f"/v2beta/stable-image/{path}", files=parts)
    assert reply.status_code in {200, 400, 402, 422}


@given(
    st.sampled_from(sorted(bfl_models())).flatmap(
        lambda name: st.tuples(
            st.just(name),
            bodies(list(bfl_models()[name].properties), prompt=st.text(max_size=9), image=st.just(URI)),
        )
    )
)
async def test_bfl_answers_anything(case: tuple[str, dict[str, Any]]):
    name, body = case
    if "image" not in bfl_models()[name].properties:
        del body["image"]
    reply = await answer("bfl", f"/v1/{name}", body)
    assert reply.status_code in {200, 402, 422}


@given(
    st.sampled_from(sorted(replicate_models())).flatmap(
        lambda name: st.tuples(
            st.just(name),
            bodies(
                list(replicate_models()[name].inputs),
                **{
                    field: st.just(PROMPT if field == "prompt" else URI)
                    for field, spec in replicate_models()[name].inputs.items()
                    if spec["required"]
                },
            ),
        )
    )
)
async def test_replicate_answers_anything(case: tuple[str, dict[str, Any]]):
    model = replicate_models()[case[0]]
    reply = await answer(
        "replicate", "/v1/predictions", {"version": model.version or model.id, "input": case[1]}
    )
    assert reply.status_code in {201, 422}


@given(
    st.sampled_from(sorted(together_models())).flatmap(
        lambda name: bodies(
            sorted(together_models()[name].fields),
            model=st.just(name),
            prompt=st.text(min_size=1, max_size=9),
        )
    )
)
async def test_together_answers_anything(body: dict[str, Any]):
    reply = await answer("together", "/v1/images/generations", body)
    assert reply.status_code in {200, 400, 404}


IMAGE_CONFIG = bodies(["imageSize", "aspectRatio"])
CONFIG = bodies(["seed", "responseModalities", "thinkingConfig", "candidateCount"], imageConfig=IMAGE_CONFIG)
PART = st.one_of(
    st.just({"text": PROMPT}),
    st.just({"inlineData": {"mimeType": "image/png", "data": URI.partition(",")[2]}}),
    bodies(["text", "inlineData", "fileData", "thought"]),
)


@given(
    bodies(
        ["tools", "safetySettings", "systemInstruction"],
        contents=st.lists(st.fixed_dictionaries({"parts": st.lists(PART, max_size=2)}), max_size=2),
        generationConfig=CONFIG,
    ),
    st.sampled_from(sorted(gemini_models())),
)
async def test_gemini_answers_anything(body: dict[str, Any], model: str):
    reply = await answer("gemini", f"/v1beta/models/{model}:generateContent", body)
    assert reply.status_code in {200, 400, 404}


CONTENT = st.one_of(st.just({"type": "text", "text": PROMPT}), bodies(["type", "text", "data", "uri"]))


@given(
    bodies(
        ["background", "store", "stream", "generation_config", "previous_interaction_id"],
        model=st.sampled_from(sorted(gemini_models())),
        input=st.one_of(st.just(PROMPT), st.lists(CONTENT, max_size=2), ODD),
        response_format=st.one_of(
            bodies(["image_size", "delivery", "mime_type"], type=st.just("image")), ODD
        ),
    )
)
async def test_interactions_answer_anything(body: dict[str, Any]):
    reply = await answer("gemini", "/v1beta/interactions", body)
    assert reply.status_code in {200, 400, 404}


VENICE = {"generate": "image/generate", "generations": "images/generations"}
VENICE |= {name: f"image/{name}" for name in ("edit", "multi-edit", "upscale", "background-remove")}


@given(
    st.sampled_from(sorted(VENICE)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            bodies(
                [*venice_bodies()[name]["properties"]],
                **{
                    field: st.just({"image": LARGE, "images": [LARGE]}.get(field, PROMPT))
                    for field in venice_bodies()[name].get("required", ["image"])
                }
                | {"model": st.sampled_from(sorted(venice_models()))},
            ),
        )
    )
)
async def test_venice_answers_anything(case: tuple[str, dict[str, Any]]):
    name, body = case
    if "model" not in venice_bodies()[name]["properties"]:
        del body["model"]
    reply = await answer("venice", f"/api/v1/{VENICE[name]}", body)
    assert reply.status_code in {200, 400, 402, 404, 422}


@given(
    st.sampled_from(sorted(wavespeed_models())).flatmap(
        lambda name: st.tuples(
            st.just(name),
            bodies(
                list(wavespeed_models()[name].inputs),
                **{
                    field: st.just(
                        [URI]
                        if wavespeed_models()[name].inputs[field]["type"] == "array"
                        else {"image": URI, "mask_image": URI}.get(field, PROMPT)
                    )
                    for field in wavespeed_models()[name].required
                },
            ),
        )
    )
)
async def test_wavespeed_answers_anything(case: tuple[str, dict[str, Any]]):
    reply = await answer("wavespeed", f"/api/v3/{case[0]}", case[1])
    assert reply.status_code in {200, 400, 402}
    if reply.status_code == 200:
        told = await answer("wavespeed", "/api/v3/model/price", {"model_id": case[0], "inputs": case[1]})
        assert told.json()["data"]["price"] > 0


@given(
    bodies(
        list(request_schema()["properties"]),
        model=st.sampled_from(sorted(openrouter_models())),
        prompt=st.text(min_size=1, max_size=9),
        input_references=st.just([{"type": "image_url", "image_url": {"url": URI}}]),
    )
)
async def test_openrouter_answers_anything(body: dict[str, Any]):
    reply = await answer("openrouter", "/api/v1/images", body)
    assert reply.status_code in {200, 400, 402, 404}


@given(
    st.sampled_from(["", "/localai", "/vllm", "/sglang"]),
    bodies(["n", "size", "seed", "response_format", "file", "output_format"], prompt=st.text(max_size=9)),
)
async def test_servers_of_ones_own_answer_anything(place: str, body: dict[str, Any]):
    reply = await answer("openai-compatible", f"{place}/v1/images/generations", body)
    assert reply.status_code in {200, 400, 422}


@given(
    st.sampled_from(["txt2img", "img2img", "extra-single-image"]).flatmap(
        lambda call: st.tuples(
            st.just(call),
            bodies(
                list(a1111_fields(call)), init_images=st.just([URI]), image=st.just(URI), width=st.just(64)
            ),
        )
    )
)
async def test_a1111_answers_anything(case: tuple[str, dict[str, Any]]):
    reply = await answer("a1111", f"/sdapi/v1/{case[0]}", case[1])
    assert reply.status_code in {200, 400, 404, 422, 500}
    if reply.status_code == 500:  # of its own words, not of a mistake
        assert {"error", "detail", "errors"} <= set(reply.json())


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(sorted(GRAPH)), st.sampled_from(["seed", "width", "text", "model", "images"])
        ),
        st.one_of(ODD, st.lists(st.one_of(st.sampled_from(sorted(GRAPH)), st.integers(-1, 3)), max_size=2)),
        max_size=3,
    )
)
async def test_comfyui_answers_anything(changes: dict[tuple[str, str], Any]):
    graph = json.loads(json.dumps(GRAPH))
    for (id_, name), value in changes.items():
        graph[id_]["inputs"][name] = value
    reply = await answer("comfyui", "/prompt", {"prompt": graph})
    assert reply.status_code in {200, 400}
    for _ in range(3 if reply.is_success else 0):
        path = f"/comfyui/history/{reply.json()['prompt_id']}"
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(APP), base_url="http://sandbox"
        ) as client:
            assert (await client.get(path)).status_code == 200


@given(ODD)
async def test_every_emulator_answers_any_json(body: Any):
    for slug, path in (
        ("openai", "/v1/images/generations"),
        ("openai", "/v1/images/edits"),
        ("openai", "/v1/moderations"),
        ("fal", "/queue/fal-ai/flux/dev"),
        ("fal", "/rest/storage/upload/initiate"),
        ("fal", "/api/v1/models/pricing/estimate"),
        ("novelai", "/ai/augment-image"),
        ("novelai", "/ai/upscale"),
        ("novelai", "/ai/encode-vibe"),
        ("stability", "/v2beta/stable-image/edit/inpaint"),
        ("bfl", "/v1/flux-kontext-pro"),
        ("replicate", "/v1/predictions"),
        ("replicate", "/v1/models/qwen/qwen-image-edit/predictions"),
        ("replicate", "/v1/files"),
        ("together", "/v1/images/generations"),
        ("gemini", "/v1beta/models/gemini-3-pro-image:generateContent"),
        ("gemini", "/v1beta/interactions"),
        ("venice", "/api/v1/image/generate"),
        ("venice", "/api/v1/image/edit"),
        ("venice", "/api/v1/image/upscale"),
        ("venice", "/api/v1/api_keys"),
        ("venice", "/api/v1/api_keys/generate_web3_key"),
        ("wavespeed", "/api/v3/wavespeed-ai/qwen-image/edit"),
        ("wavespeed", "/api/v3/model/price"),
        ("wavespeed", "/api/v3/predictions"),
        ("wavespeed", "/api/v3/media/uploads"),
        ("openrouter", "/api/v1/images"),
        ("openai-compatible", "/v1/images/generations"),
        ("openai-compatible", "/v1/images/edits"),
        ("a1111", "/sdapi/v1/options"),
        ("a1111", "/internal/progress"),
        ("comfyui", "/prompt"),
        ("comfyui", "/queue"),
        ("comfyui", "/history"),
        ("comfyui", "/interrupt"),
    ):
        reply = await answer(slug, path, body)
        assert 200 <= reply.status_code < 500
