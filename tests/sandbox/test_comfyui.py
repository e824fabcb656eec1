"""ComfyUI's emulator against the client users have and the published routes."""

import io
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from comfy_api_simplified import ComfyApiWrapper, comfy_api_wrapper
from comfy_api_simplified.exceptions import ComfyApiError
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox

CONTRACTS = Path(__file__).parents[1] / "contracts" / "selfhosted"
SHEET = json.loads((CONTRACTS / "comfyui.json").read_text())
GRAPH: dict[str, Any] = SHEET["example_graph"]
PNG = encode(paint("a", 640, 480), "png")


@pytest.fixture
def client(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> ComfyApiWrapper:
    """The client, unmodified but for its address: it takes a server to stand at the root of its host."""
    monkeypatch.setattr(comfy_api_wrapper, "urljoin", lambda base, path: base + path)
    return ComfyApiWrapper(sandbox.url("comfyui"))


def graph(**changes: Any) -> dict[str, Any]:
    """The published example with some inputs changed: `k3_seed` is the seed of node 3."""
    made: dict[str, Any] = json.loads(json.dumps(GRAPH))
    for name, value in changes.items():
        id_, _, field = name.removeprefix("k").partition("_")
        made[id_]["inputs"][field] = value
    return made


def editing(name: str) -> dict[str, Any]:
    """A graph that paints over a picture."""
    made = graph()
    made["10"] = {"class_type": "LoadImage", "inputs": {"image": name}}
    made["5"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["4", 2]}}
    return made


def get(sandbox: RunningSandbox, path: str) -> Any:
    return httpx2.get(sandbox.url("comfyui", path)).json()


def post(sandbox: RunningSandbox, path: str, **rest: Any) -> httpx2.Response:
    return httpx2.post(sandbox.url("comfyui", path), **rest)


def queued(sandbox: RunningSandbox, made: dict[str, Any]) -> str:
    reply = post(sandbox, "/prompt", json={"prompt": made, "client_id": "a-client"})
    assert set(reply.json()) == set(SHEET["routes"]["POST /prompt"]["ok"]["body"])
    return reply.json()["prompt_id"]


def ended(sandbox: RunningSandbox, made: dict[str, Any]) -> dict[str, Any]:
    """A graph, looked at until it is done."""
    id_ = queued(sandbox, made)
    while not (told := get(sandbox, f"/history/{id_}")):
        continue
    return told[id_]


def fetched(sandbox: RunningSandbox, entry: dict[str, Any], end: str = "9") -> list[Image.Image]:
    found: list[Image.Image] = []
    for place in entry["outputs"][end]["images"]:
        image = Image.open(io.BytesIO(httpx2.get(sandbox.url("comfyui", "/view"), params=place).content))
        image.load()
        found.append(image)
    return found


def upload(sandbox: RunningSandbox, name: str = "a.png", data: bytes = PNG, **fields: str) -> httpx2.Response:
    return post(sandbox, "/upload/image", files={"image": (name, data, "image/png")}, data=fields)


def test_a_graph(client: ComfyApiWrapper, sandbox: RunningSandbox):
    id_ = client.queue_prompt(graph(k5_batch_size=2))["prompt_id"]
    told = [client.get_history(id_) for _ in range(3)]
    assert told[:2] == [{}, {}]
    entry = told[2][id_]
    assert set(entry) >= set(SHEET["history_entry"])
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
    places = entry["outputs"]["9"]["images"]
    assert [set(one) for one in places] == [{"filename", "subfolder", "type"}] * 2
    data = [client.get_image(one["filename"], one["subfolder"], one["type"]) for one in places]
    assert data[0] != data[1]
    assert Image.open(io.BytesIO(data[0])).size == (512, 512)
    [charge] = sandbox.bill.charges()
    assert (charge.model, charge.images) == ("model.safetensors", 2)
    assert (charge.amount, charge.billed, charge.delivered) == (0, False, True)


def test_every_route_answers_under_api_too(sandbox: RunningSandbox):
    id_ = post(sandbox, "/api/prompt", json={"prompt": graph()}).json()["prompt_id"]
    assert [bool(get(sandbox, f"/api/history/{id_}")) for _ in range(3)] == [False, False, True]


def test_an_upload_is_painted_over(client: ComfyApiWrapper, sandbox: RunningSandbox, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(PNG)
    told = client.upload_image(tmp_path / "a.png", subfolder="pictures")
    assert told == {"name": "a.png", "subfolder": "pictures", "type": "input"}
    entry = ended(sandbox, editing("pictures/a.png"))
    [image] = fetched(sandbox, entry)
    assert image.size == (640, 480)
    plain = fetched(sandbox, ended(sandbox, graph(k5_width=640, k5_height=480)))
    assert image.tobytes() != plain[0].tobytes()


def test_nodes_for_masks_margins_and_more_pixels(sandbox: RunningSandbox):
    upload(sandbox)
    masked = editing("a.png")
    masked["11"] = {"class_type": "LoadImageMask", "inputs": {"image": "a.png", "channel": "red"}}
    masked["12"] = {"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["5", 0], "mask": ["11", 0]}}
    masked["3"]["inputs"]["latent_image"] = ["12", 0]
    assert fetched(sandbox, ended(sandbox, masked))[0].size == (640, 480)
    padded = editing("a.png")
    margins = {"left": 64, "top": 0, "right": 64, "bottom": 32, "feathering": 8}
    padded["11"] = {"class_type": "ImagePadForOutpaint", "inputs": {"image": ["10", 0], **margins}}
    inputs = {"pixels": ["11", 0], "vae": ["4", 2], "mask": ["11", 1], "grow_mask_by": 6}
    padded["5"] = {"class_type": "VAEEncodeForInpaint", "inputs": inputs}
    assert fetched(sandbox, ended(sandbox, padded))[0].size == (768, 512)
    larger = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "2": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "4x-UltraSharp.pth"}},
        "3": {
            "class_type": "ImageUpscaleWithModel",
            "inputs": {"upscale_model": ["2", 0], "image": ["1", 0]},
        },
        "4": {
            "class_type": "ImageScale",
            "inputs": {
                "image": ["3", 0],
                "upscale_method": "lanczos",
                "width": 1280,
                "height": 0,
                "crop": "disabled",
            },
        },
        "9": {"class_type": "PreviewImage", "inputs": {"images": ["4", 0]}},
    }
    entry = ended(sandbox, larger)
    assert entry["outputs"]["9"]["images"][0]["type"] == "temp"
    assert fetched(sandbox, entry)[0].size == (1280, 960)


def test_a_graph_that_ran_before_makes_nothing_new(sandbox: RunningSandbox):
    first, second = (ended(sandbox, graph()) for _ in range(2))
    assert first["outputs"] == second["outputs"]
    cached = [dict(entry["status"]["messages"])["execution_cached"]["nodes"] for entry in (first, second)]
    assert cached == [[], list(GRAPH)]
    other = ended(sandbox, graph(k3_seed=43))
    assert other["outputs"] != first["outputs"]
    assert fetched(sandbox, other)[0].tobytes() != fetched(sandbox, first)[0].tobytes()


def test_uploads_do_not_replace_each_other(sandbox: RunningSandbox):
    other = encode(paint("b", 64, 64), "png")
    names = [upload(sandbox).json()["name"] for _ in range(2)]
    assert names == ["a.png", "a.png"]  # the same file
    assert upload(sandbox, data=other).json()["name"] == "a (1).png"
    assert upload(sandbox, data=other, overwrite="true").json()["name"] == "a.png"
    url = sandbox.url("comfyui", "/view")
    assert httpx2.get(url, params={"filename": "a.png", "type": "input"}).content == other
    assert upload(sandbox, subfolder="../..").status_code == 400
    assert upload(sandbox, type="models").status_code == 400
    assert post(sandbox, "/upload/image", data={"image": "a.png"}, files={"x": b""}).status_code == 400
    assert post(sandbox, "/upload/image", json={}).status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"filename": "../a.png"}, 400),
        ({"filename": "/a.png"}, 400),
        ({"filename": "a.png", "subfolder": "../.."}, 403),
        ({"filename": "a.png"}, 404),
    ],
)
def test_files_that_are_not_there(sandbox: RunningSandbox, query: dict[str, str], status: int):
    assert httpx2.get(sandbox.url("comfyui", "/view"), params=query).status_code == status


# The queue


def test_the_queue(client: ComfyApiWrapper, sandbox: RunningSandbox):
    first, second = (queued(sandbox, graph(k3_seed=seed)) for seed in (1, 2))
    assert get(sandbox, "/prompt") == {"exec_info": {"queue_remaining": 2}}
    assert client.get_queue_size_before(second) == 2
    client.get_history(first)
    told = client.get_queue()
    assert [one[1] for one in told["queue_running"]] == [first]
    assert [one[:2] for one in told["queue_pending"]] == [[2, second]]
    assert post(sandbox, "/queue", json={"delete": [first, second]}).status_code == 200
    assert [len(get(sandbox, "/queue")[f"queue_{name}"]) for name in ("running", "pending")] == [1, 0]
    assert get(sandbox, f"/history/{second}") == {}


def test_an_interrupted_run(sandbox: RunningSandbox):
    id_, other = (queued(sandbox, graph(k3_seed=seed)) for seed in (1, 2))
    for one in (id_, other):
        get(sandbox, f"/history/{one}")
    assert post(sandbox, "/interrupt", json={"prompt_id": id_}).status_code == 200
    entry = get(sandbox, f"/history/{id_}")[id_]
    assert (entry["status"]["status_str"], entry["outputs"]) == ("error", {})
    assert entry["status"]["messages"][-1][0] == "execution_interrupted"
    assert len(get(sandbox, "/queue")["queue_running"]) == 1
    assert post(sandbox, "/interrupt").status_code == 200
    assert get(sandbox, "/queue")["queue_running"] == []


def test_history(sandbox: RunningSandbox):
    for seed in (1, 2):
        ended(sandbox, graph(k3_seed=seed))
    waiting = queued(sandbox, graph(k3_seed=3))
    assert len(get(sandbox, "/history")) == 2
    [last] = get(sandbox, "/history?max_items=1")
    assert post(sandbox, "/history", json={"delete": [last, waiting]}).status_code == 200
    assert len(get(sandbox, "/history")) == 1
    assert get(sandbox, f"/history/{last}") == {}
    assert post(sandbox, "/history", json={"clear": True}).status_code == 200
    assert get(sandbox, "/history") == {}
    assert get(sandbox, "/prompt")["exec_info"]["queue_remaining"] == 1
    assert post(sandbox, "/queue", json={"clear": True}).status_code == 200
    assert get(sandbox, "/prompt")["exec_info"]["queue_remaining"] == 0


@pytest.mark.parametrize(
    ("changes", "node", "kind"),
    [
        ({"k6_text": "a broken-run"}, "KSampler", "RuntimeError"),
        ({"k5_width": 8192, "k5_height": 8192}, "KSampler", "torch.OutOfMemoryError"),
    ],
)
def test_a_run_that_fails(sandbox: RunningSandbox, changes: Any, node: str, kind: str):
    entry = ended(sandbox, graph(**changes))
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    name, told = entry["status"]["messages"][-1]
    assert name == "execution_error"
    assert set(told) >= set(SHEET["websocket"]["json_messages"]["execution_error"])
    assert (told["node_type"], told["exception_type"]) == (node, kind)
    assert entry["outputs"] == {}


def test_a_file_that_is_no_picture(sandbox: RunningSandbox):
    upload(sandbox, data=b"nonsense")
    entry = ended(sandbox, editing("a.png"))
    assert entry["status"]["messages"][-1][1]["exception_type"] == "PIL.UnidentifiedImageError"


# Graphs that do not hold


@pytest.mark.parametrize(
    ("changes", "node", "kind"),
    [
        ({"k4_ckpt_name": "nothing"}, "4", "value_not_in_list"),
        ({"k3_steps": 0}, "3", "value_smaller_than_min"),
        ({"k3_cfg": 101}, "3", "value_bigger_than_max"),
        ({"k3_seed": "seven"}, "3", "invalid_input_type"),
        ({"k3_seed": True}, "3", "invalid_input_type"),
        ({"k3_model": "model"}, "3", "bad_linked_input"),
        ({"k3_model": ["99", 0]}, "3", "bad_linked_input"),
        ({"k3_model": ["4", 7]}, "3", "bad_linked_input"),
        ({"k3_model": ["4", 1]}, "3", "return_type_mismatch"),
    ],
)
def test_nodes_that_do_not_hold(sandbox: RunningSandbox, changes: Any, node: str, kind: str):
    reply = post(sandbox, "/prompt", json={"prompt": graph(**changes)})
    assert reply.status_code == 400
    body, published = reply.json(), SHEET["routes"]["POST /prompt"]["bad"]["body"]
    assert body["error"] == published["error"]
    assert set(body["node_errors"][node]) == set(published["node_errors"]["4"])
    error = body["node_errors"][node]["errors"][0]
    assert (set(error), error["type"]) == (set(published["node_errors"]["4"]["errors"][0]), kind)
    assert sandbox.bill.charges() == ()


def test_graphs_that_do_not_hold(client: ComfyApiWrapper, sandbox: RunningSandbox):
    missing, endless, unknown, turning = graph(), graph(), graph(), graph()
    del missing["3"]["inputs"]["seed"]
    del endless["9"]
    unknown["3"]["class_type"] = "Nothing"
    turning["5"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["8", 0], "vae": ["4", 2]}}
    cases: tuple[tuple[Any, str], ...] = (
        (missing, "prompt_outputs_failed_validation"),
        (endless, "prompt_no_outputs"),
        (unknown, "invalid_prompt"),
        (turning, "dependency_cycle"),
        ({"1": {}}, "invalid_prompt"),
        ({"1": {"class_type": "SaveImage", "inputs": []}}, "invalid_prompt"),
        (editing("nowhere.png"), "prompt_outputs_failed_validation"),
        ({}, "no_prompt"),
        (None, "no_prompt"),
    )
    for made, kind in cases:
        reply = post(sandbox, "/prompt", json={"prompt": made})
        assert (reply.status_code, reply.json()["error"]["type"]) == (400, kind)
    with pytest.raises(ComfyApiError):
        client.queue_prompt(endless)
    unused = graph() | {"20": {"class_type": "CLIPTextEncode", "inputs": {}}}
    assert post(sandbox, "/prompt", json={"prompt": unused}).status_code == 200


def test_what_is_installed(client: ComfyApiWrapper, sandbox: RunningSandbox):
    upload(sandbox)
    listed = client.get_object_info()
    published = SHEET["routes"]["GET /object_info[/{class}]"]["response"].partition(": ")[2].split(", ")
    for name, node in listed.items():
        assert set(published) <= set(node)
        assert client.get_object_info(name) == {name: node}
    assert listed["LoadImage"]["input"]["required"]["image"][0] == ["a.png"]
    assert {node["class_type"] for node in GRAPH.values()} <= set(listed)
    assert get(sandbox, "/object_info/Nothing") == {}
    assert "checkpoints" in get(sandbox, "/models")
    assert "model.safetensors" in get(sandbox, "/models/checkpoints")
    assert httpx2.get(sandbox.url("comfyui", "/models/nothing")).status_code == 404
    assert set(client.get_system_stats()) == {"system", "devices"}


def test_odd_requests(sandbox: RunningSandbox):
    assert post(sandbox, "/prompt", content=b"[").status_code == 400
    assert httpx2.get(sandbox.url("comfyui", "/nothing")).status_code == 404
