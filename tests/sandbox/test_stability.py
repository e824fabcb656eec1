"""Stability's emulator against the published document and its curl lines."""

import base64
import io
import json
import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.sandbox.stability.endpoints import ENDPOINTS
from tests.sandbox.conftest import StillClock
from tests.support.sources import PACKAGE

CONTRACT = json.loads((PACKAGE / "providers" / "stability" / "openapi.json").read_text())
PREFIX = "/v2beta/stable-image/"
PNG = encode(paint("a", 512, 384), "png")
FILES = {"image": PNG, "init_image": PNG, "style_image": PNG, "subject_image": PNG}
TEXTS = {"prompt": "a kite", "search_prompt": "dog", "select_prompt": "dog", "left": "64"}


def call(
    sandbox: RunningSandbox,
    path: str,
    texts: dict[str, Any],
    files: dict[str, bytes] | None = None,
    *,
    accept: str | None = "image/*",
    key: str = "Bearer sk-test",
) -> httpx2.Response:
    parts: list[tuple[str, Any]] = [(name, (None, str(text))) for name, text in texts.items()]
    parts += [(name, (f"{name}.png", data, "image/png")) for name, data in (files or {}).items()]
    headers = {"authorization": key} | ({"accept": accept} if accept else {})
    with httpx2.Client(timeout=30) as client:
        return client.post(sandbox.url("stability") + PREFIX + path, files=parts, headers=headers)


def least(path: str) -> tuple[dict[str, str], dict[str, bytes]]:
    """The least that an endpoint asks for."""
    endpoint = ENDPOINTS[path]
    needed = [name for name, field in endpoint.fields.items() if field.required]
    texts = {name: TEXTS[name] for name in needed if endpoint.fields[name].kind != "file"}
    if path == "edit/outpaint":
        texts["left"] = "64"
    if path == "edit/replace-background-and-relight":
        texts["background_prompt"] = "a beach"
    return texts, {name: FILES[name] for name in needed if endpoint.fields[name].kind == "file"}


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def check(name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    Draft202012Validator(schema).validate(value)


SIZES = {
    "generate/ultra": (1024, 1024),
    "generate/core": (1280, 1280),
    "generate/sd3": (1024, 1024),
    "upscale/fast": (2048, 1536),
    "upscale/conservative": (2368, 1792),
    "edit/outpaint": (576, 384),
    "control/style": (1024, 1024),
    "control/style-transfer": (1152, 896),
}


@pytest.mark.parametrize("path", [path for path, endpoint in ENDPOINTS.items() if not endpoint.later])
def test_every_endpoint_makes_a_picture(sandbox: RunningSandbox, path: str):
    texts, files = least(path)
    reply = call(sandbox, path, texts, files)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["finish-reason"] == "SUCCESS"
    image = opened(reply.content)
    assert image.size == SIZES.get(path, (512, 384))
    assert (image.mode == "RGBA") == (path == "edit/remove-background")
    [charge] = sandbox.bill.charges()
    published = CONTRACT["paths"][PREFIX + path]["post"]["x-credits"]
    wanted = published["sd3.5-large"] if isinstance(published, dict) else published
    assert (charge.amount, charge.unit, charge.delivered) == (Decimal(str(wanted)), "credits", True)
    balance = httpx2.get(
        sandbox.url("stability") + "/v1/user/balance", headers={"authorization": "Bearer sk-test"}
    )
    assert balance.json() == {"credits": float(1000 - charge.amount)}


@pytest.mark.parametrize("path", [path for path, endpoint in ENDPOINTS.items() if endpoint.later])
def test_tickets(sandbox: RunningSandbox, clock: StillClock, path: str):
    reply = call(sandbox, path, *least(path))
    check("AsyncGenerationResponse", reply.json())
    ticket = reply.json()["id"]
    url = sandbox.url("stability") + f"/v2beta/results/{ticket}"
    headers = {"authorization": "Bearer sk-test", "accept": "application/json"}
    assert [charge.delivered for charge in sandbox.bill.charges()] == [False]
    assert httpx2.get(url, headers=headers | {"authorization": "Bearer sk-other"}).status_code == 404
    for _ in range(2):
        early = httpx2.get(url, headers=headers)
        assert (early.status_code, early.json()) == (202, {"id": ticket, "status": "in-progress"})
    done = httpx2.get(url, headers=headers)
    assert done.status_code == 200
    assert done.headers["content-type"] == "application/json; type=image/png"
    check("ImageJSONResponse", done.json())
    assert [charge.delivered for charge in sandbox.bill.charges()] == [True]
    again = httpx2.get(url, headers={"authorization": "Bearer sk-test", "accept": "*/*"})
    assert again.content == base64.b64decode(done.json()["image"])
    clock.time += timedelta(hours=24)
    gone = httpx2.get(url, headers=headers)
    assert (gone.status_code, gone.json()["name"]) == (404, "generation_not_found")


def test_the_table_is_the_published_one():
    """Fields, ranges, choices, required lists and credits agree with the document."""
    assert {PREFIX + path for path in ENDPOINTS} == {
        path for path, methods in CONTRACT["paths"].items() if "post" in methods
    }
    for path, endpoint in ENDPOINTS.items():
        post = CONTRACT["paths"][PREFIX + path]["post"]
        schema = post["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert set(schema["properties"]) == set(endpoint.fields), path
        assert set(schema["required"]) == {name for name, field in endpoint.fields.items() if field.required}
        for name, field in endpoint.fields.items():
            published = schema["properties"][name]
            if "$ref" in published:
                published = CONTRACT["components"]["schemas"][published["$ref"].rpartition("/")[2]]
            if field.kind == "file":
                assert field.min_side == published["x-min-side"]
                assert field.max_side == published.get("x-max-side"), (path, name)
                assert field.max_pixels == published.get("x-max-pixels"), (path, name)
                assert field.min_pixels == published.get("x-min-pixels", 1)
                assert field.narrow == ("x-aspect-ratio" in published)
            else:
                assert field.low == published.get("minimum", published.get("minLength") or None), (path, name)
                assert field.high == published.get("maximum", published.get("maxLength")), (path, name)
                also = {*published.get("x-also-accepted", []), *published.get("x-rerouted", {})}
                assert set(field.choices) == {*published.get("enum", []), *also}


def test_equal_seeds_give_equal_pictures_and_another_seed_another(sandbox: RunningSandbox):
    def make(seed: int) -> httpx2.Response:
        return call(sandbox, "generate/core", {"prompt": "a kite", "seed": seed})

    assert make(7).content == make(7).content != make(8).content
    assert make(7).headers["seed"] == "7"
    assert int(make(0).headers["seed"]) > 0


@pytest.mark.parametrize(("form", "kind"), [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_json_and_formats(sandbox: RunningSandbox, form: str, kind: str):
    texts = {"prompt": "a kite", "output_format": form, "aspect_ratio": "21:9", "seed": "5"}
    reply = call(sandbox, "generate/ultra", texts, accept="application/json")
    check("ImageJSONResponse", reply.json())
    assert reply.headers["content-type"] == f"application/json; type=image/{form}"
    assert "seed" not in reply.headers
    assert "finish-reason" not in reply.headers
    assert reply.json()["seed"] == 5
    image = opened(base64.b64decode(reply.json()["image"]))
    assert (image.format, image.size) == (kind, (1536, 640))


def test_sd3_models_and_names_that_mean_others(sandbox: RunningSandbox):
    for name, wanted in (("sd3.5-flash", "2.5"), ("sd3-medium", "3.5"), ("sd3.5-large-turbo", "4")):
        assert call(sandbox, "generate/sd3", {"prompt": "x", "model": name}).status_code == 200
        assert sandbox.bill.charges()[-1].amount == Decimal(wanted)
    assert sandbox.bill.charges()[1].model == "sd3.5-medium"


def big(width: int, height: int) -> bytes:
    return encode(paint("b", width, height), "png")


@pytest.mark.parametrize(
    ("path", "texts", "files", "reason"),
    [
        ("generate/core", {"seed": 1}, {}, "prompt: is required"),
        ("generate/core", {"prompt": ""}, {}, "prompt: must be at least 1 character"),
        ("generate/core", {"prompt": "x" * 10_001}, {}, "prompt: must be at most 10000 characters"),
        ("generate/core", {"prompt": "x", "n": 2}, {}, "n: is not allowed"),
        ("generate/core", {"prompt": "x", "seed": -1}, {}, "seed: must be greater than or equal to 0"),
        (
            "generate/core",
            {"prompt": "x", "seed": 4294967295},
            {},
            "seed: must be less than or equal to 4294967294",
        ),
        ("generate/core", {"prompt": "x", "seed": "1.5"}, {}, "seed: must be an integer"),
        ("generate/core", {"prompt": "x", "seed": "nan"}, {}, "seed: must be a number"),
        ("generate/core", {"prompt": "x", "aspect_ratio": "4:3"}, {}, "aspect_ratio: must be one of"),
        ("generate/core", {"prompt": "x", "style_preset": "cubist"}, {}, "style_preset: must be one of"),
        ("generate/core", {"prompt": "x", "output_format": "gif"}, {}, "output_format: must be one of"),
        ("generate/ultra", {"prompt": "x"}, {"image": PNG}, "strength: is required when image is given"),
        ("generate/ultra", {"prompt": "x", "strength": 0.5}, {}, "strength: is only allowed with image"),
        ("generate/sd3", {"prompt": "x", "mode": "image-to-image"}, {}, "image: is required for mode"),
        ("generate/sd3", {"prompt": "x"}, {"image": PNG}, "image: is only allowed for mode"),
        (
            "generate/sd3",
            {"prompt": "x", "mode": "image-to-image", "strength": 0.5, "aspect_ratio": "1:1"},
            {"image": PNG},
            "aspect_ratio: is not allowed for mode image-to-image",
        ),
        ("generate/sd3", {"prompt": "x", "cfg_scale": 11}, {}, "cfg_scale: must be less than or equal to 10"),
        ("upscale/fast", {}, {"image": big(1600, 400)}, "at most 1536 pixels"),
        ("upscale/fast", {}, {"image": big(1100, 1100)}, "at most 1048576"),
        ("upscale/fast", {"seed": 1}, {"image": PNG}, "seed: is not allowed"),
        ("upscale/conservative", {"prompt": "x"}, {"image": big(1000, 300)}, "between 1:2.5 and 2.5:1"),
        ("edit/erase", {}, {"image": big(60, 300)}, "at least 64 pixels"),
        ("edit/erase", {}, {"image": b"junk"}, "image: is not a supported image"),
        ("edit/erase", {"prompt": "x"}, {"image": PNG}, "prompt: is not allowed"),
        ("edit/erase", {"image": "text"}, {}, "image: must be a file"),
        ("edit/outpaint", {}, {"image": PNG}, "at least one must be greater than 0"),
        ("edit/outpaint", {"left": 2001}, {"image": PNG}, "left: must be less than or equal to 2000"),
        (
            "edit/remove-background",
            {"output_format": "jpeg"},
            {"image": PNG},
            "output_format: must be one of",
        ),
        (
            "edit/replace-background-and-relight",
            {},
            {"subject_image": PNG},
            "background_prompt or background_reference is required",
        ),
        (
            "edit/replace-background-and-relight",
            {"background_prompt": "x", "light_source_strength": 0.5},
            {"subject_image": PNG},
            "light_source_strength: is only allowed with",
        ),
    ],
)
def test_bad_requests(sandbox: RunningSandbox, path: str, texts: Any, files: Any, reason: str):
    reply = call(sandbox, path, texts, files)
    assert (reply.status_code, reply.json()["name"]) == (400, "bad_request")
    check("Error", reply.json())
    assert any(reason in error for error in reply.json()["errors"]), reply.json()
    assert sandbox.bill.charges() == ()


def test_all_complaints_at_once(sandbox: RunningSandbox):
    reply = call(sandbox, "edit/inpaint", {"seed": "x", "colour": "red"})
    assert len(reply.json()["errors"]) == 4


def test_parameters_are_checked_before_the_key(sandbox: RunningSandbox):
    assert call(sandbox, "generate/core", {"seed": 1}, key="Bearer sk-invalid").status_code == 400
    right = call(sandbox, "generate/core", {"prompt": "x"}, key="Bearer sk-invalid")
    assert right.json()["errors"] == ["authorization: invalid or missing header value"]
    assert right.status_code == 401
    assert call(sandbox, "generate/core", {"prompt": "x"}, key="sk-bare").status_code == 200


@pytest.mark.parametrize(
    ("prompt", "status", "name"),
    [
        ("forbidden-violence", 403, "content_moderation"),
        ("кот на крыше", 422, "invalid_language"),
        ("a public-figure", 422, "public_figure"),
    ],
)
def test_refusals_are_free(sandbox: RunningSandbox, prompt: str, status: int, name: str):
    reply = call(sandbox, "generate/core", {"prompt": prompt})
    assert (reply.status_code, reply.json()["name"]) == (status, name)
    assert sandbox.bill.charges() == ()


def test_a_filtered_picture_is_blurred_and_billed(sandbox: RunningSandbox):
    reply = call(sandbox, "generate/core", {"prompt": "forbidden-output-violence"})
    assert (reply.status_code, reply.headers["finish-reason"]) == (200, "CONTENT_FILTERED")
    assert len(opened(reply.content).getcolors() or []) == 1
    assert sandbox.bill.total("stability", "credits") == 3


def test_an_empty_account(sandbox: RunningSandbox):
    reply = call(sandbox, "generate/core", {"prompt": "x"}, key="Bearer sk-empty")
    assert (reply.status_code, reply.json()["name"]) == (402, "payment_required")
    for _ in range(1000 // 60):
        call(sandbox, "upscale/creative", {"prompt": "x"}, {"image": PNG})
    assert call(sandbox, "upscale/creative", {"prompt": "x"}, {"image": PNG}).status_code == 402
    assert sandbox.bill.total("stability", "credits") == 960


def test_too_large(sandbox: RunningSandbox):
    reply = call(sandbox, "edit/erase", {}, {"image": PNG + bytes(10 * 1024 * 1024)})
    assert (reply.status_code, reply.json()["name"]) == (413, "payload_too_large")


def test_other_bodies_and_accepts(sandbox: RunningSandbox):
    url = sandbox.url("stability") + PREFIX + "generate/core"
    headers = {"authorization": "Bearer sk-test", "accept": "image/*"}
    assert httpx2.post(url, json={"prompt": "x"}, headers=headers).status_code == 400
    assert httpx2.post(url, data={"prompt": "x"}, headers=headers).status_code == 400
    assert call(sandbox, "generate/core", {"prompt": "x"}, accept="image/png").status_code == 400


def test_old_paths_have_the_old_envelope(sandbox: RunningSandbox):
    url = sandbox.url("stability") + "/v1/user/balance"
    reply = httpx2.get(url, headers={"authorization": "Bearer sk-invalid"})
    assert reply.status_code == 401
    assert set(reply.json()) == {"id", "name", "message"}
    assert "sk-invalid" in reply.json()["message"]  # as the service does; callers must redact it


def test_the_rate_limit_locks_out_for_a_minute(clock: StillClock):
    with running_sandbox(clock, rates={"stability": 2}) as sandbox:

        def status() -> int:
            return call(sandbox, "generate/core", {"prompt": "x"}).status_code

        assert [status() for _ in range(4)] == [200, 200, 429, 429]
        clock.time += timedelta(seconds=59)
        assert status() == 429
        clock.time += timedelta(seconds=1)
        assert status() == 200


CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_the_published_curl_line(sandbox: RunningSandbox, tmp_path: Path):
    """As the reference prints it for inpainting, host and key apart."""
    (tmp_path / "in.png").write_bytes(PNG)
    (tmp_path / "mask.png").write_bytes(PNG)
    url = sandbox.url("stability") + PREFIX + "edit/inpaint"
    command = [CURL or "", "-sS", "-f", "--noproxy", "*", url, "-H", "authorization: Bearer sk-MYAPIKEY"]
    command += ["-H", "accept: image/*", "-F", "image=@in.png", "-F", "mask=@mask.png"]
    command += ["-F", "prompt=a red hat", "-F", "output_format=webp", "-o", "out.webp"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
    image = opened((tmp_path / "out.webp").read_bytes())
    assert (image.format, image.size) == ("WEBP", (512, 384))


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_the_published_curl_lines_for_work_behind_a_ticket(sandbox: RunningSandbox, tmp_path: Path):
    """Submitting answers with an id; the results are asked for until they come as a picture."""
    (tmp_path / "in.png").write_bytes(PNG)
    url = sandbox.url("stability") + PREFIX + "upscale/creative"
    key = ["-H", "authorization: Bearer sk-MYAPIKEY"]
    bare = [CURL or "", "-sS", "-f", "--noproxy", "*"]
    form = ["-F", "image=@in.png", "-F", "prompt=a pear", "-F", "output_format=webp"]
    submitted = subprocess.run(
        [*bare, url, *key, *form], cwd=tmp_path, check=True, timeout=30, capture_output=True
    )
    ticket = json.loads(submitted.stdout)["id"]
    results = sandbox.url("stability") + f"/v2beta/results/{ticket}"
    command = [*bare, results, *key, "-H", "accept: image/*", "-o", "out.webp", "-w", "%{http_code}"]
    statuses: list[str] = []
    while "200" not in statuses:
        asked = subprocess.run(command, cwd=tmp_path, check=True, timeout=30, capture_output=True, text=True)
        statuses.append(asked.stdout)
    assert statuses == [*["202"] * (len(statuses) - 1), "200"]
    assert len(statuses) > 1
    assert opened((tmp_path / "out.webp").read_bytes()).format == "WEBP"
    assert len(sandbox.bill.charges("stability")) == 1
