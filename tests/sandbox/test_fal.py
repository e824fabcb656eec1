"""fal's emulator against its official Python client and published schemas."""

import base64
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import fal_client
import fal_client.client as module
import httpx2
import pytest
from fal_client.client import FalClientHTTPError
from jsonschema import Draft202012Validator
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.fal.endpoints import endpoints
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock

CONTRACTS = Path(__file__).parents[1] / "contracts" / "fal"
PLATFORM = json.loads((CONTRACTS / "platform-openapi-excerpt.json").read_text())
PNG = encode(paint("a", 640, 480), "png")
HEADERS = {"authorization": "Key id:secret"}


@pytest.fixture
def client(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    """The official client, unmodified but for its addresses and for closing what it opens."""
    monkeypatch.setattr(module, "QUEUE_URL_FORMAT", sandbox.url("fal", "/queue/"))
    monkeypatch.setattr(module, "RUN_URL_FORMAT", sandbox.url("fal", "/run/"))
    monkeypatch.setattr(module, "REST_URL", sandbox.url("fal", "/rest"))
    monkeypatch.setattr(module, "CDN_URL", sandbox.url("fal", "/cdn"))
    opened = module.SyncClient._get_cdn_client
    with ExitStack() as stack:
        monkeypatch.setattr(
            module.SyncClient, "_get_cdn_client", lambda self: stack.enter_context(opened(self))
        )
        client = fal_client.SyncClient(key="id:secret")
        stack.enter_context(client._client)
        yield client


def data_uri(data: bytes = PNG) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def fetched(url: str) -> Image.Image:
    data = base64.b64decode(url.partition(",")[2]) if url.startswith("data:") else httpx2.get(url).content
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_subscribe(client: fal_client.SyncClient, sandbox: RunningSandbox):
    seen: list[Any] = []
    result = client.subscribe(
        "fal-ai/flux/dev",
        {"prompt": "a kite", "num_images": 2, "seed": 7},
        with_logs=True,
        on_queue_update=seen.append,
    )
    assert [type(update).__name__ for update in seen] == ["Queued", "InProgress", "Completed"]
    assert result["seed"] == 7
    assert result["has_nsfw_concepts"] == [False, False]
    images = [fetched(image["url"]) for image in result["images"]]
    assert [(image.format, image.size) for image in images] == [("JPEG", (1024, 768))] * 2
    assert result["images"][0]["file_size"] > 0
    [charge] = sandbox.bill.charges()
    assert (charge.model, charge.amount, charge.images, charge.delivered) == (
        "fal-ai/flux/dev",
        Decimal("0.05"),
        2,
        True,
    )
    assert sandbox.requests.count("fal", "GET /queue/{owner}/{app}/requests/{request_id}/status") >= 3


def test_run(client: fal_client.SyncClient, sandbox: RunningSandbox):
    result = client.run("fal-ai/nano-banana-pro", {"prompt": "a kite", "resolution": "4K", "sync_mode": True})
    assert fetched(result["images"][0]["url"]).size == (4096, 4096)
    assert set(result) == {"images", "description"}
    assert sandbox.bill.total("fal") == Decimal("0.3")
    assert sandbox.bill.charges()[0].delivered


def test_uploads(client: fal_client.SyncClient, sandbox: RunningSandbox):
    for repository in ("fal_v3", "fal"):
        url = client.upload(PNG, "image/png", "in.png", repository=repository)
        assert httpx2.get(url).content == PNG
        result = client.run(
            "fal-ai/flux-pro/kontext", {"prompt": "red", "image_url": url, "output_format": "png"}
        )
        image = fetched(result["images"][0]["url"])
        assert abs(image.width / image.height - 4 / 3) < 0.05


def test_uploads_expire(client: fal_client.SyncClient, clock: StillClock):
    lifecycle = fal_client.StorageSettings(expires_in="1h")
    url = client.upload(PNG, "image/png", lifecycle=lifecycle)
    assert httpx2.get(url).status_code == 200
    clock.time += timedelta(hours=1)
    assert httpx2.get(url).status_code == 404
    handle = client.submit("fal-ai/birefnet", {"image_url": url})
    with pytest.raises(FalClientHTTPError, match="Failed to download"):
        handle.get()


def test_results_expire_when_asked(client: fal_client.SyncClient, clock: StillClock):
    keep = {"X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": 60})}
    result = client.run("fal-ai/flux/schnell", {"prompt": "x"}, headers=keep)
    url = result["images"][0]["url"]
    assert httpx2.get(url).status_code == 200
    clock.time += timedelta(seconds=60)
    assert httpx2.get(url).status_code == 404


def test_cancel(client: fal_client.SyncClient, sandbox: RunningSandbox):
    handle = client.submit("fal-ai/flux/schnell", {"prompt": "x"})
    handle.cancel()
    completed = handle.status()
    assert isinstance(completed, fal_client.Completed)
    assert (completed.error, completed.error_type) == ("Request was cancelled", "client_cancelled")
    with pytest.raises(FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.response.status_code == 499
    assert [charge.billed for charge in sandbox.bill.charges()] == [False]
    running = client.submit("fal-ai/flux/schnell", {"prompt": "x"})
    running.status()
    running.cancel()
    assert [charge.billed for charge in sandbox.bill.charges()] == [False, True]
    done = client.submit("fal-ai/flux/schnell", {"prompt": "x"})
    done.get()
    with pytest.raises(FalClientHTTPError) as caught:
        done.cancel()
    assert caught.value.response.json() == {"status": "ALREADY_COMPLETED"}


def test_a_failed_run_is_completed_with_an_error(client: fal_client.SyncClient, sandbox: RunningSandbox):
    handle = client.submit("fal-ai/flux/dev", {"prompt": "forbidden-violence"})
    for _ in handle.iter_events():
        pass
    completed = handle.status()
    assert isinstance(completed, fal_client.Completed)
    assert completed.error_type == "content_policy_violation"
    with pytest.raises(FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.response.status_code == 422
    assert caught.value.response.headers["x-fal-retryable"] == "false"
    assert sandbox.bill.charges() == ()


def test_the_safety_checker_blackens(client: fal_client.SyncClient, sandbox: RunningSandbox):
    prompt = {"prompt": "forbidden-output-sexual"}
    result = client.run("fal-ai/flux/dev", prompt)
    assert result["has_nsfw_concepts"] == [True]
    assert fetched(result["images"][0]["url"]).getcolors() == [(1024 * 768, (0, 0, 0))]
    assert sandbox.bill.total("fal") == Decimal("0.025")
    clear = client.run("fal-ai/flux/dev", prompt | {"enable_safety_checker": False})
    assert clear["has_nsfw_concepts"] == [False]
    with pytest.raises(FalClientHTTPError, match="content checker"):
        client.run("fal-ai/nano-banana", prompt)


def test_a_status_stream(client: fal_client.SyncClient, sandbox: RunningSandbox):
    handle = client.submit("fal-ai/flux/dev", {"prompt": "x"})
    reply = httpx2.get(handle.status_url + "/stream", headers=HEADERS)
    assert reply.headers["content-type"].startswith("text/event-stream")
    statuses = [json.loads(line[6:])["status"] for line in reply.text.splitlines() if line]
    assert statuses == ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]


def test_the_life_of_a_request_by_hand(sandbox: RunningSandbox):
    base = sandbox.url("fal")
    submitted = httpx2.post(f"{base}/fal-ai/flux-pro/kontext", json={"prompt": "x"}, headers=HEADERS).json()
    assert submitted["status_url"] == f"{base}/fal-ai/flux-pro/requests/{submitted['request_id']}/status"
    early = httpx2.get(submitted["response_url"], headers=HEADERS)
    assert (early.status_code, early.json()["detail"]) == (400, "Request is still in progress")
    url = submitted["status_url"]
    replies = [httpx2.get(url, params={"logs": 1}, headers=HEADERS) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [202, 202, 200]
    assert replies[0].json()["queue_position"] == 0
    assert replies[1].json()["logs"][0]["message"]
    assert replies[2].json()["error_type"] == "missing"
    failed = httpx2.get(submitted["response_url"], headers=HEADERS)
    assert failed.status_code == 422
    assert failed.json()["detail"][0]["loc"] == ["body", "image_url"]
    other = httpx2.get(url, headers={"authorization": "Key somebody"})
    assert (other.status_code, other.json()) == (404, {"status": "NOT_FOUND"})
    wrong_app = url.replace("fal-ai/flux-pro", "fal-ai/flux")
    assert httpx2.get(wrong_app, headers=HEADERS).status_code == 404


@pytest.mark.parametrize(
    ("endpoint", "given", "kind"),
    [
        ("fal-ai/flux/dev", {}, "missing"),
        ("fal-ai/flux/dev", {"prompt": 5}, "string_type"),
        ("fal-ai/flux/dev", {"prompt": "x", "colour": "red"}, "extra_forbidden"),
        ("fal-ai/flux/dev", {"prompt": "x", "num_images": 5}, "less_than_equal"),
        ("fal-ai/flux/dev", {"prompt": "x", "num_images": True}, "integer_type"),
        ("fal-ai/flux/dev", {"prompt": "x", "guidance_scale": 0.5}, "greater_than_equal"),
        ("fal-ai/flux/dev", {"prompt": "x", "output_format": "webp"}, "literal_error"),
        ("fal-ai/flux/dev", {"prompt": "x", "image_size": "huge"}, "value_error"),
        ("fal-ai/flux/dev", {"prompt": "x", "image_size": {"width": 512}}, "value_error"),
        ("fal-ai/flux/dev", {"prompt": "x", "image_size": {"width": 0, "height": 9}}, "value_error"),
        ("fal-ai/flux/dev", {"prompt": "x", "sync_mode": "yes"}, "boolean_type"),
        ("fal-ai/flux-2-pro/edit", {"prompt": "x", "image_urls": "x"}, "array_type"),
        ("fal-ai/flux-2-pro/edit", {"prompt": "x", "image_urls": [5]}, "string_type"),
        ("fal-ai/birefnet", {"image_url": "https://example.com/a.png"}, "file_download_error"),
        ("fal-ai/birefnet", {"image_url": "data:image/png;base64,%%%"}, "file_download_error"),
        ("fal-ai/birefnet", {"image_url": "data:image/png;base64,AAAA"}, "image_load_error"),
    ],
)
def test_bad_inputs(sandbox: RunningSandbox, endpoint: str, given: Any, kind: str):
    reply = httpx2.post(sandbox.url("fal", f"/run/{endpoint}"), json=given, headers=HEADERS)
    assert reply.status_code == 422
    assert [entry["type"] for entry in reply.json()["detail"]] == [kind]
    assert set(reply.json()["detail"][0]) == {"loc", "msg", "type", "url", "ctx", "input"}
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer id:secret", 401),
        ("Key invalid", 401),
        ("Key empty", 403),
        ("Key forbidden", 403),
    ],
)
def test_keys(sandbox: RunningSandbox, authorization: str | None, status: int):
    headers = {"authorization": authorization} if authorization else {}
    reply = httpx2.post(sandbox.url("fal") + "/fal-ai/flux/dev", json={"prompt": "x"}, headers=headers)
    assert reply.status_code == status
    assert isinstance(reply.json()["detail"], str)


def test_odd_requests(sandbox: RunningSandbox):
    base = sandbox.url("fal")
    assert httpx2.post(f"{base}/fal-ai/nothing", json={}, headers=HEADERS).status_code == 404
    assert httpx2.post(f"{base}/fal-ai/flux/dev", content=b"[", headers=HEADERS).status_code == 400
    low = HEADERS | {"x-fal-queue-priority": "urgent"}
    assert httpx2.post(f"{base}/fal-ai/flux/dev", json={"prompt": "x"}, headers=low).status_code == 400
    odd = HEADERS | {"x-fal-object-lifecycle-preference": "soon"}
    assert httpx2.post(f"{base}/fal-ai/flux/dev", json={"prompt": "x"}, headers=odd).status_code == 400
    upload = sandbox.url("fal", "/cdn/files/upload")
    assert httpx2.post(upload, content=PNG, headers=HEADERS).status_code == 401


def test_a_queue_that_is_too_long(sandbox: RunningSandbox):
    url = sandbox.url("fal") + "/fal-ai/flux/dev?fal_max_queue_length=1"
    statuses = [httpx2.post(url, json={"prompt": "x"}, headers=HEADERS).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_concurrent_requests(clock: StillClock):
    with running_sandbox(clock, rates={"fal": 1}) as sandbox:
        url = sandbox.url("fal", "/run/fal-ai/flux/dev")
        replies = [httpx2.post(url, json={"prompt": "x"}, headers=HEADERS) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [200, 429]
        assert replies[1].headers["x-fal-error-type"] == "concurrent_requests_limit"


SAMPLES: dict[str, Any] = {
    "string": "a kite",
    "string (URL or data URI)": data_uri(),
    "array of URL strings": [data_uri()],
    "Array<number>": [800, 600],
}


@pytest.mark.parametrize("name", list(endpoints()))
def test_every_endpoint_runs_and_costs_what_is_published(sandbox: RunningSandbox, name: str):
    endpoint = endpoints()[name]
    given = {field: SAMPLES[spec["type"]] for field, spec in endpoint.fields.items() if spec["required"]}
    reply = httpx2.post(sandbox.url("fal", f"/run/{name}"), json=given, headers=HEADERS, timeout=30)
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert set(answer) <= endpoint.output
    pictures = answer.get("images") or [answer["image"]]
    image = fetched(pictures[0]["url"])
    assert image.size == (pictures[0]["width"], pictures[0]["height"])
    charge = sandbox.bill.charges()[-1]
    price = endpoint.price
    usd = price.get("first_mp_usd", price.get("usd"))
    if isinstance(usd, dict):
        usd = usd[endpoint.fields[price["by"]]["default"]]
    units = Decimal(reply.headers["x-fal-billable-units"])
    if price["unit"] == "image":
        assert charge.amount == usd * len(pictures)
    elif "next_mp_usd" in price:
        assert charge.amount == usd + (units - 1) * price["next_mp_usd"]
    elif price["unit"] == "megapixel":
        assert charge.amount == usd * units
    assert charge.amount > 0


def test_megapixels_are_counted_up(sandbox: RunningSandbox):
    def cost(endpoint: str, **given: Any) -> Decimal:
        sandbox.bill.clear()
        reply = httpx2.post(
            sandbox.url("fal", f"/run/{endpoint}"), json={"prompt": "x"} | given, headers=HEADERS
        )
        assert reply.status_code == 200
        return sandbox.bill.total("fal")

    assert cost("fal-ai/flux/schnell", image_size="square_hd") == Decimal("0.003")
    assert cost("fal-ai/flux/schnell", image_size={"width": 1024, "height": 1025}) == Decimal("0.006")
    assert cost("fal-ai/flux-2-pro", image_size={"width": 2048, "height": 1024}) == Decimal("0.045")
    edit = cost("fal-ai/flux-2-pro/edit", image_urls=[data_uri(), data_uri()], image_size="square_hd")
    assert edit == Decimal("0.06")
    assert cost(
        "fal-ai/ideogram/character", reference_image_urls=[data_uri()], rendering_speed="QUALITY"
    ) == (Decimal("0.2"))
    assert cost("fal-ai/recraft/v3/text-to-image", style="vector_illustration") == Decimal("0.08")


def test_the_data_file_is_the_published_one():
    ours = Path(__file__).parents[2] / "src" / "limner" / "sandbox" / "fal" / "models.json"
    assert json.loads(ours.read_text()) == json.loads((CONTRACTS / "models.json").read_text())


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("get", "/models?limit=3", None),
        ("get", "/models/pricing?endpoint_id=fal-ai/flux/dev,fal-ai/flux-2-pro", None),
        (
            "post",
            "/models/pricing/estimate",
            {"estimate_type": "unit_price", "endpoints": {"fal-ai/flux/dev": {"unit_quantity": 4}}},
        ),
        ("get", "/meta", None),
    ],
)
def test_the_platform_api(sandbox: RunningSandbox, method: str, path: str, sent: Any):
    url = sandbox.url("fal", "/api/v1") + path
    reply = httpx2.request(method, url, json=sent, headers=HEADERS)
    operation = PLATFORM["paths"][path.partition("?")[0]][method]
    Draft202012Validator(operation["responses"]["200"]["content"]["application/json"]["schema"]).validate(
        reply.json()
    )
    if sent:
        assert reply.json()["total_cost"] == 0.1


def test_bad_platform_requests(sandbox: RunningSandbox):
    base = sandbox.url("fal", "/api/v1")
    for path, status in (
        ("/models?limit=0", 400),
        ("/models?limit=x", 400),
        ("/models?endpoint_id=nothing", 404),
        ("/models/pricing", 400),
        ("/models/pricing?endpoint_id=nothing", 404),
    ):
        assert httpx2.get(base + path, headers=HEADERS).status_code == status
    first = httpx2.get(f"{base}/models?limit=20").json()
    assert first["has_more"]
    second = httpx2.get(f"{base}/models?limit=20&cursor={first['next_cursor']}").json()
    assert len(first["models"]) + len(second["models"]) == len(endpoints())
    assert httpx2.post(f"{base}/models/pricing/estimate", json={}, headers=HEADERS).status_code == 400


def test_the_official_client_pays_twice_when_a_reply_is_lost(
    client: fal_client.SyncClient, sandbox: RunningSandbox
):
    """It sends a paid request again after a lost connection; the bill sees it."""
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, "fal", "POST /queue/*"))
    client.subscribe("fal-ai/flux/schnell", {"prompt": "x"})
    assert [charge.delivered for charge in sandbox.bill.charges("fal")] == [False, True]
