"""The forms in which pictures reach `/v1/images/edits`, besides the one the SDK writes."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pytest_httpserver import HTTPServer

from limner.sandbox.server import RunningSandbox
from limner.settings import Settings
from tests.server.pictures import alpha_mask, mask, photo
from tests.support.gateway import Live, running_gateway

HEAL = {"model": "limner/heal", "prompt": "a wall"}
EDITS = "/v1/images/edits"


def data_url(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def served(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["limner"]["measured"][0]["changed_outside_mask"] == 0
    return body


@pytest.mark.parametrize("image", ["image", "image[]", "image[0]"])
@pytest.mark.parametrize("name", ["mask", "mask[]"])
def test_part_names(http: httpx2.Client, image: str, name: str):
    files = {image: ("a.png", photo(), "image/png"), name: ("m.png", alpha_mask(), "image/png")}
    served(http.post(EDITS, data=HEAL, files=files))


def test_a_form_without_media_types(http: httpx2.Client):
    files = {"image": ("blob", photo(), "application/octet-stream"), "mask": mask()}
    served(http.post(EDITS, data=HEAL, files=files))


def test_numbers_and_flags_of_a_form_are_text(http: httpx2.Client):
    fields = {**HEAL, "n": "1", "stream": "false", "limner[feather]": "2", "limner[operation]": "erase"}
    files = {"image": photo(), "mask": mask()}
    served(http.post(EDITS, data=fields, files=files))


def test_json_with_data_urls(http: httpx2.Client):
    body = {**HEAL, "images": [{"image_url": data_url(photo())}], "mask": {"image_url": data_url(mask())}}
    served(http.post(EDITS, json=body))


@pytest.mark.parametrize(
    ("fields", "files", "code", "param"),
    [
        (HEAL, {"mask": b"x"}, "missing_required_parameter", "image"),
        ({**HEAL, "cfg": "1"}, {"image": b"x"}, "unknown_parameter", "cfg"),
        (HEAL, {"image": b"x", "photo": b"x"}, "unknown_parameter", "photo"),
        (HEAL, {"image": b"x", "markup": b"x"}, "unsupported_parameter", "markup"),
        ({**HEAL, "n": "many"}, {"image": b"x"}, "invalid_type", "n"),
    ],
    ids=str,
)
def test_forms_that_do_not_fit(
    http: httpx2.Client, fields: dict[str, str], files: dict[str, bytes], code: str, param: str
):
    answer = http.post(EDITS, data=fields, files=files)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == (code, param)


def test_two_masks_are_too_many(http: httpx2.Client):
    files = [("image", photo()), ("mask", mask()), ("mask", mask())]
    error = http.post(EDITS, data=HEAL, files=files).json()["error"]
    assert (error["code"], error["param"]) == ("array_above_max_length", "mask")


def test_a_file_that_is_no_picture(http: httpx2.Client):
    answer = http.post(EDITS, data=HEAL, files={"image": b"hello", "mask": mask()})
    assert answer.status_code == 400
    assert answer.json()["error"]["limner"]["billed"] == "no"


def test_seventeen_pictures_are_too_many(http: httpx2.Client):
    files = [("image[]", photo(16, 16))] * 17
    error = http.post(EDITS, data=HEAL, files=files).json()["error"]
    assert (error["code"], error["param"]) == ("array_above_max_length", "image")


def test_variations_are_gone(http: httpx2.Client):
    answer = http.post("/v1/images/variations", files={"image": photo()})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_operation"


# Addresses


@pytest.fixture
def allowed(sandbox: RunningSandbox, httpserver: HTTPServer) -> Iterator[Live]:
    """A gateway whose operator lets it fetch from one private address."""
    host = f"{httpserver.host}:{httpserver.port}"
    settings = Settings(environ={}, private_hosts=frozenset({host, f"127.0.0.1:{httpserver.port}"}))
    with running_gateway(settings) as gateway:
        yield gateway


def test_a_picture_at_an_address_is_fetched(allowed: Live, httpserver: HTTPServer):
    httpserver.expect_request("/a.png").respond_with_data(photo(), content_type="image/png")
    url = httpserver.url_for("/a.png")
    body = {**HEAL, "images": [{"image_url": url}], "mask": {"image_url": data_url(mask())}}
    with httpx2.Client(base_url=allowed.root, timeout=60) as client:
        served(client.post(EDITS, json=body))


def test_a_private_address_is_not(http: httpx2.Client, httpserver: HTTPServer):
    body = {**HEAL, "images": [{"image_url": httpserver.url_for("/a.png")}]}
    answer = http.post(EDITS, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "images[0].image_url"
    assert not httpserver.log
