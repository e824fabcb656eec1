"""AUTOMATIC1111's emulator against the client users have and the published calls."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
import webuiapi
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox

CONTRACTS = Path(__file__).parents[1] / "contracts" / "selfhosted"
SHEET = json.loads((CONTRACTS / "a1111-sdapi.json").read_text())
PNG = encode(paint("a", 640, 480), "png")
B64 = base64.b64encode(PNG).decode()
PICTURE = Image.open(io.BytesIO(PNG))
MASK = Image.open(io.BytesIO(encode(paint("mask", 640, 480), "png")))


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[Any]:
    """The client, unmodified but for its address. Its types tell only of tasks, which it returns if asked."""
    client = webuiapi.WebUIApi(baseurl=sandbox.url("a1111", "/sdapi/v1"), sampler="Euler a", steps=20)
    yield client
    client.session.close()


def post(sandbox: RunningSandbox, call: str, **body: Any) -> httpx2.Response:
    return httpx2.post(sandbox.url("a1111", f"/sdapi/v1/{call}"), json=body, timeout=30)


def get(sandbox: RunningSandbox, path: str) -> Any:
    return httpx2.get(sandbox.url("a1111", path), timeout=30).json()


def opened(text: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    image.load()
    return image


def test_txt2img(client: Any, sandbox: RunningSandbox):
    answer = client.txt2img(prompt="a fox", seed=42, width=512, height=768, batch_size=2, n_iter=2)
    assert [image.size for image in answer.images] == [(512, 768)] * 4
    assert answer.info["all_seeds"] == [42, 43, 44, 45]
    assert answer.info["sampler_name"] == "Euler a"
    [charge] = sandbox.bill.charges()
    assert (charge.model, charge.images) == ("v1-5-pruned-emaonly", 4)
    assert (charge.amount, charge.billed, charge.delivered) == (0, False, True)


def test_img2img(client: Any):
    answer = client.img2img(images=[PICTURE], prompt="red", width=512, height=512, seed=1)
    assert answer.image.size == (512, 512)
    plain = client.txt2img(prompt="red", width=512, height=512, seed=1)
    assert answer.image.tobytes() != plain.image.tobytes()


def test_inpaint(client: Any):
    given: dict[str, Any] = {"images": [PICTURE], "mask_image": MASK, "inpainting_fill": 1, "prompt": "red"}
    part = client.img2img(**given, inpaint_full_res=True, width=512, height=512)
    assert part.image.size == (640, 480)  # the part goes back into its picture
    whole = client.img2img(**given, inpaint_full_res=False, width=512, height=512)
    assert whole.image.size == (512, 512)
    assert part.parameters["mask"] is None
    assert part.parameters["init_images"] is None


def test_upscale(client: Any):
    answer = client.extra_single_image(image=PICTURE, upscaler_1="R-ESRGAN 4x+", upscaling_resize=2)
    assert answer.image.size == (1280, 960)
    answer = client.extra_single_image(
        image=PICTURE, resize_mode=1, upscaling_resize_w=800, upscaling_resize_h=600
    )
    assert answer.image.size == (800, 600)


def test_the_published_example(sandbox: RunningSandbox):
    reply = post(
        sandbox,
        "txt2img",
        prompt="a fox",
        negative_prompt="blurry",
        width=512,
        height=512,
        steps=20,
        cfg_scale=7,
        seed=42,
        sampler_name="Euler a",
    )
    body = reply.json()
    assert set(body) == set(SHEET["endpoints"]["POST /sdapi/v1/txt2img"]["response"])
    assert opened(body["images"][0]).size == (512, 512)
    assert set(json.loads(body["info"])) == set(SHEET["info_keys"])
    assert set(body["parameters"]) == set(SHEET["endpoints"]["POST /sdapi/v1/txt2img"]["request"])
    again = post(sandbox, "txt2img", prompt="a fox", seed=42).json()["images"]
    assert again == body["images"]


def test_defaults(sandbox: RunningSandbox):
    body = post(sandbox, "txt2img").json()
    assert opened(body["images"][0]).size == (512, 512)
    info = json.loads(body["info"])
    assert (info["steps"], info["cfg_scale"], info["sampler_name"]) == (50, 7.0, "Euler")
    assert info["seed"] >= 0
    assert post(sandbox, "txt2img", seed=None, steps=None).status_code == 200
    assert post(sandbox, "txt2img", send_images=False).json()["images"] == []


def test_sizes(sandbox: RunningSandbox):
    cases: tuple[tuple[dict[str, Any], tuple[int, int]], ...] = (
        ({"width": 517, "height": 523}, (512, 520)),
        ({"enable_hr": True, "hr_scale": 1.5}, (768, 768)),
        ({"enable_hr": True, "hr_resize_x": 1024, "hr_resize_y": 640}, (1024, 640)),
    )
    for fields, size in cases:
        assert opened(post(sandbox, "txt2img", **fields).json()["images"][0]).size == size


def test_settings(client: Any, sandbox: RunningSandbox):
    published = ("sd_model_checkpoint", "sd_vae", "CLIP_stop_at_last_layers", "samples_format")
    assert set(published) <= set(client.get_options())
    client.set_options({"samples_format": "jpg", "sd_model_checkpoint": "sd_xl_base_1.0"})
    assert client.util_get_current_model().startswith("sd_xl_base_1.0")
    answer = post(sandbox, "txt2img", prompt="x").json()
    assert opened(answer["images"][0]).format == "JPEG"
    assert json.loads(answer["info"])["sd_model_name"] == "sd_xl_base_1.0"
    override = {"override_settings": {"sd_model_checkpoint": "v1-5-pruned-emaonly", "samples_format": "webp"}}
    answer = post(sandbox, "txt2img", prompt="x", **override).json()
    assert opened(answer["images"][0]).format == "WEBP"
    assert json.loads(answer["info"])["sd_model_name"] == "v1-5-pruned-emaonly"
    assert client.util_get_current_model().startswith("sd_xl_base_1.0")
    assert post(sandbox, "options", sd_model_checkpoint="nothing").status_code == 404
    assert post(sandbox, "options", nonsense=1).status_code == 422


@pytest.mark.parametrize("name", ["sd-models", "samplers", "schedulers", "upscalers"])
def test_lists(sandbox: RunningSandbox, name: str):
    listed = get(sandbox, f"/sdapi/v1/{name}")
    assert listed
    for one in listed:
        assert set(one) == set(SHEET["endpoints"][f"GET /sdapi/v1/{name}"]["item"])


def test_the_client_reads_the_lists(client: Any):
    assert "Euler a" in client.util_get_sampler_names()
    assert len(client.util_get_model_names()) == 3
    assert client.get_upscalers()[0]["name"] == "None"
    assert client.png_info(PICTURE).info == ""


# Beside a call that blocks


class Beside:
    """A call that goes on while other calls are made."""

    def __init__(self, sandbox: RunningSandbox, **fields: Any) -> None:
        self._sandbox = sandbox
        self._pool = ThreadPoolExecutor(1)
        self.reply = self._pool.submit(post, sandbox, "txt2img", prompt="a slow-run", **fields)

    def started(self) -> None:
        """Wait until the machine works on it; asking by another name does not let it advance."""
        pause = threading.Event()
        for _ in range(6000):
            if self._sandbox.requests.count("a1111", "POST */txt2img"):
                break
            pause.wait(0.01)

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def beside(sandbox: RunningSandbox) -> Iterator[Beside]:
    call = Beside(sandbox, force_task_id="task(mine)", batch_size=2)
    call.started()
    yield call
    call.close()


def test_progress_beside_a_call(client: Any, beside: Beside, sandbox: RunningSandbox):
    shares: list[float] = []
    while not beside.reply.done():
        told = client.get_progress()
        if told["state"]["job_count"]:
            assert set(told) == set(SHEET["endpoints"]["GET /sdapi/v1/progress"]["response"])
            assert set(told["state"]) == set(
                SHEET["endpoints"]["GET /sdapi/v1/progress"]["response"]["state"]
            )
            assert opened(told["current_image"])
            shares.append(told["progress"])
    assert shares == sorted(shares)
    assert shares
    assert all(0 < share <= 1 for share in shares)
    assert len(beside.reply.result().json()["images"]) == 2
    idle = get(sandbox, "/sdapi/v1/progress?skip_current_image=true")
    published = SHEET["endpoints"]["GET /sdapi/v1/progress"]["idle"]
    assert (idle["progress"], idle["eta_relative"], idle["current_image"]) == (0.0, 0.0, None)
    assert idle["state"]["job_count"] == published["state"]["job_count"]


def own(sandbox: RunningSandbox, task: str) -> dict[str, Any]:
    url = sandbox.url("a1111", "/internal/progress")
    return httpx2.post(url, json={"id_task": task}).json()


def test_an_interrupted_call_returns_what_it_has(client: Any, beside: Beside, sandbox: RunningSandbox):
    while not own(sandbox, "task(mine)")["active"] and not beside.reply.done():
        continue
    assert own(sandbox, "task(another)")["active"] is False
    client.interrupt()
    reply = beside.reply.result()
    assert reply.status_code == 200
    assert len(reply.json()["images"]) == 1
    assert own(sandbox, "task(mine)")["completed"] is True
    client.interrupt()  # nothing to stop


def test_one_job_at_a_time(beside: Beside, sandbox: RunningSandbox):
    while not own(sandbox, "task(mine)")["active"] and not beside.reply.done():
        continue
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(post, sandbox, "txt2img", prompt="x", force_task_id="task(second)")
        while not own(sandbox, "task(second)")["queued"] and not second.done():
            continue
        assert not second.done()
        post(sandbox, "skip")
        assert second.result().status_code == 200
    assert beside.reply.result().status_code == 200


def test_who_leaves_does_not_stop_the_machine(sandbox: RunningSandbox):
    url = sandbox.url("a1111", "/sdapi/v1/txt2img")
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(url, json={"prompt": "a slow-run"}, timeout=httpx2.Timeout(20, read=0.3))
    assert post(sandbox, "txt2img", prompt="x").status_code == 200
    assert len(sandbox.bill.charges()) == 2


# What goes wrong


@pytest.mark.parametrize(
    ("call", "fields", "status", "detail"),
    [
        ("txt2img", {"steps": "many"}, 422, None),
        ("txt2img", {"width": 512.5}, 422, None),
        ("txt2img", {"override_settings": []}, 422, None),
        ("img2img", {"denoising_strength": 1.5, "init_images": [B64]}, 422, None),
        ("txt2img", {"sampler_name": "Nobody"}, 400, "Sampler not found"),
        ("txt2img", {"script_name": "nothing"}, 422, "Script 'nothing' not found"),
        ("txt2img", {"alwayson_scripts": {"nothing": {}}}, 422, "always on script nothing not found"),
        ("txt2img", {"override_settings": {"sd_model_checkpoint": "nothing"}}, 404, "Model not found"),
        ("img2img", {}, 404, "Init image not found"),
        ("img2img", {"init_images": []}, 404, "Init image not found"),
        ("img2img", {"init_images": ["nonsense!"]}, 500, "Invalid encoded image"),
        ("img2img", {"init_images": [B64], "mask": "nonsense!"}, 500, "Invalid encoded image"),
        ("img2img", {"init_images": ["https://pictures.invalid/a.png"]}, 500, "Invalid encoded image"),
        ("extra-single-image", {"image": ""}, 500, "Invalid encoded image"),
        ("extra-single-image", {"image": B64, "upscaler_1": "Nothing"}, 500, ""),
        ("extra-single-image", {"image": B64, "upscaling_resize": 0}, 422, None),
        ("extra-single-image", {"image": B64, "upscaling_resize": 20}, 500, ""),
    ],
)
def test_errors(sandbox: RunningSandbox, call: str, fields: Any, status: int, detail: str | None):
    reply = post(sandbox, call, **fields)
    body = reply.json()
    assert reply.status_code == status
    if detail is None:
        assert set(body["detail"][0]) == set(SHEET["validation_error_body"]["detail"][0])
    else:
        assert set(body) == set(SHEET["error_body"])
        assert body["detail"] == detail
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"width": 8192, "height": 8192}, "OutOfMemoryError"),
        ({"batch_size": 1000}, "OutOfMemoryError"),
        ({"prompt": "a broken-run"}, "RuntimeError"),
        ({"n_iter": 0}, "ZeroDivisionError"),
    ],
)
def test_what_nobody_caught(sandbox: RunningSandbox, fields: Any, error: str):
    reply = post(sandbox, "txt2img", **fields)
    assert (reply.status_code, reply.json()["error"]) == (500, error)


def test_a_password(sandbox: RunningSandbox):
    url = sandbox.url("a1111", "/sdapi/v1")
    good: Any = webuiapi.WebUIApi(baseurl=url, username="user", password="sandbox-password")
    assert good.txt2img(prompt="x").image
    wrong: Any = webuiapi.WebUIApi(baseurl=url, username="user", password="invalid")
    with pytest.raises(RuntimeError) as caught:
        wrong.txt2img(prompt="x")
    assert caught.value.args[0] == 401
    bearer = httpx2.get(f"{url}/options", headers={"authorization": "Bearer sandbox-password"})
    assert bearer.status_code == 401
    for client in (good, wrong):
        client.session.close()


def test_odd_requests(sandbox: RunningSandbox):
    url = sandbox.url("a1111", "/sdapi/v1/txt2img")
    assert httpx2.post(url, content=b"[").status_code == 422
    assert get(sandbox, "/sdapi/v1/nothing") == {"detail": "Not Found"}
    assert get(sandbox, "/internal/ping") == {}
    assert httpx2.post(sandbox.url("a1111", "/internal/progress"), json={}).status_code == 422
