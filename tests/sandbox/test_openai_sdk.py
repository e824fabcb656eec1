"""The official SDK against the emulator, unmodified but for its base URL."""

import base64
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openai
import pytest
from openai import OpenAI
from PIL import Image

from limner.sandbox.codecs import encode
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.paint import paint
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.sandbox.conftest import StillClock


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=sandbox.url("openai"), api_key="sk-test", max_retries=0) as client:
        yield client


def png(
    width: int = 1024, height: int = 1024, *, transparent: bool = False, subject: str = "a kite"
) -> bytes:
    return encode(paint(subject, width, height, transparent=transparent), "png")


def picture(answer: Any, number: int = 0) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(answer.data[number].b64_json)))
    image.load()
    return image


def test_generate(client: OpenAI, sandbox: RunningSandbox):
    answer = client.images.generate(
        model="gpt-image-2", prompt="a red kite over dunes", size="1536x1024", quality="low", n=2
    )
    assert [picture(answer, number).size for number in (0, 1)] == [(1536, 1024)] * 2
    assert picture(answer, 0).tobytes() != picture(answer, 1).tobytes()
    assert (answer.size, answer.quality, answer.background) == ("1536x1024", "low", "opaque")
    assert answer.usage is not None
    charge = sandbox.bill.charges("openai")[0]
    # 6 prompt tokens at $5, 2 × 167 output tokens at $30 a million: the sheet's $0.005 a picture
    assert answer.usage.output_tokens == 2 * 167
    assert charge.amount == Decimal("0.01005")
    assert (charge.images, charge.unit, charge.billed, charge.delivered) == (2, "USD", True, True)


def test_equal_requests_give_equal_pictures(client: OpenAI):
    first, second = (client.images.generate(model="gpt-image-2", prompt="a kite") for _ in range(2))
    assert picture(first).tobytes() == picture(second).tobytes()


@pytest.mark.parametrize(
    ("quality", "size", "sheet"),
    [
        ("low", "1024x1024", ".006"),
        ("medium", "1024x1024", ".053"),
        ("high", "1024x1024", ".211"),
        ("low", "1024x1536", ".005"),
        ("medium", "1536x1024", ".041"),
        ("high", "1536x1024", ".165"),
    ],
)
def test_the_bill_is_by_the_sheet(
    client: OpenAI, sandbox: RunningSandbox, quality: Any, size: Any, sheet: str
):
    client.images.generate(model="gpt-image-2", prompt="kite", quality=quality, size=size)
    prompt = Decimal(5) / 1_000_000
    assert abs(sandbox.bill.total("openai") - prompt - Decimal(sheet)) < Decimal("0.00002")


def test_free_sizes_and_formats(client: OpenAI):
    for form, size in (("webp", "1536x864"), ("jpeg", "3840x2160")):
        answer = client.images.generate(
            model="gpt-image-2.5-flare",
            prompt="a kite",
            size=size,
            output_format=form,  # pyright: ignore[reportArgumentType]
            output_compression=80,
        )
        assert picture(answer).format == form.upper()
        assert f"{picture(answer).width}x{picture(answer).height}" == size


def test_a_transparent_picture(client: OpenAI):
    answer = client.images.generate(model="gpt-image-2", prompt="an icon", background="transparent")
    assert picture(answer).getchannel("A").getextrema() == (0, 255)


def test_masked_edit_repaints_everything(client: OpenAI, sandbox: RunningSandbox):
    before = png(1536, 1024)
    answer = client.images.edit(
        model="gpt-image-2.5-sunburst",
        prompt="a blue one",
        image=("a.png", before, "image/png"),
        mask=("m.png", png(1536, 1024, transparent=True), "image/png"),
    )
    after = picture(answer)
    assert after.size == (1536, 1024)
    old, new = Image.open(io.BytesIO(before)).tobytes(), after.convert("RGB").tobytes()
    assert sum(a == b for a, b in zip(old, new, strict=True)) < len(old) // 10
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens == 1536
    assert sandbox.bill.charges()[0].operation == "edits"


def test_several_images(client: OpenAI):
    answer = client.images.edit(
        model="gpt-image-2",
        prompt="together",
        image=[("a.png", png(), "image/png"), ("b.jpg", encode(paint("b", 512, 512), "jpeg"), "image/jpeg")],
    )
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens == 1024 + 256


def test_a_list_of_one_image(client: OpenAI):
    assert client.images.edit(model="gpt-image-2", prompt="x", image=[("a.png", png(), "image/png")]).data


def test_json_edit(client: OpenAI):
    reference = "data:image/png;base64," + base64.b64encode(png()).decode()
    answer = client.post(
        "/images/edits",
        cast_to=dict,  # pyright: ignore[reportArgumentType]
        body={"model": "gpt-image-2", "prompt": "x", "images": [{"image_url": reference}]},
    )
    assert answer["data"][0]["b64_json"]  # pyright: ignore[reportIndexIssue]


def test_markup(client: OpenAI):
    answer = client.post(
        "/images/edits",
        cast_to=dict,  # pyright: ignore[reportArgumentType]
        body={"model": "gpt-image-2.6-flare", "prompt": "x"},
        files=[
            ("image", ("a.png", png(), "image/png")),
            ("markup", ("m.png", png(transparent=True), "image/png")),
        ],
        options={"headers": {"Content-Type": "multipart/form-data"}},
    )
    assert answer["data"]  # pyright: ignore[reportIndexIssue]


def test_streams(client: OpenAI, sandbox: RunningSandbox):
    events: list[Any] = list(
        client.images.generate(
            model="gpt-image-2", prompt="a kite", quality="low", stream=True, partial_images=2
        )
    )
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]
    assert events[2].usage.output_tokens == 200 + 2 * 100
    assert sandbox.bill.total() == Decimal("0.01201")
    edit: list[Any] = list(
        client.images.edit(
            model="gpt-image-2",
            prompt="x",
            image=("a.png", png(), "image/png"),
            stream=True,
            partial_images=1,
        )
    )
    assert [event.type for event in edit] == ["image_edit.partial_image", "image_edit.completed"]
    assert all(charge.delivered for charge in sandbox.bill.charges())


def test_a_stream_that_is_refused_at_the_end(client: OpenAI, sandbox: RunningSandbox):
    stream = client.images.generate(
        model="gpt-image-2", prompt="forbidden-output-violence", stream=True, partial_images=1
    )
    seen: list[Any] = []
    with pytest.raises(openai.APIError, match="safety system"):
        seen.extend(stream)
    assert sandbox.bill.charges() == ()


def test_animated_and_vector_pictures(client: OpenAI, sandbox: RunningSandbox):
    def make(**body: object) -> dict[str, Any]:
        body = {"model": "gpt-image-2.6-flare", "prompt": "a kite"} | body
        return client.post("/images/generations", cast_to=dict, body=body)  # pyright: ignore[reportArgumentType, reportReturnType]

    moving = make(output_format="gif", frame_count=4, frame_duration_ms=123, size="512x512")
    image = Image.open(io.BytesIO(base64.b64decode(moving["data"][0]["b64_json"])))
    assert (getattr(image, "n_frames", 1), image.info["duration"], image.size) == (4, 120, (512, 512))
    drawn = make(output_format="svg", svg={"model": "gpt-5"})
    assert base64.b64decode(drawn["data"][0]["b64_json"]).startswith(b"<svg")
    assert drawn["svg_usage"]["model"] == "gpt-5"
    assert len(sandbox.bill.charges()) == 2


def test_moderation_is_free(client: OpenAI, sandbox: RunningSandbox):
    answer = client.moderations.create(
        model="omni-moderation-latest", input=["a kite", "forbidden-violence here"]
    )
    assert [result.flagged for result in answer.results] == [False, True]
    assert answer.results[1].categories.violence
    mixed = client.moderations.create(
        input=[
            {"type": "text", "text": "forbidden-hate"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,xx"}},
        ]
    )
    assert mixed.results[0].categories.hate
    assert mixed.results[0].category_applied_input_types.violence == ["text", "image"]
    assert sandbox.bill.charges() == ()
    assert sandbox.requests.count("openai", "POST /v1/moderations") == 2


def test_models(client: OpenAI, clock: StillClock):
    ids = {model.id: model for model in client.models.list()}
    assert "gpt-image-2.6-flare" in ids
    assert "dall-e-3" not in ids
    assert ids["gpt-image-1-mini"].shutdown_date == "2026-12-01"  # pyright: ignore[reportAttributeAccessIssue]
    assert client.models.retrieve("gpt-image-2").owned_by == "system"
    clock.time = clock.time.replace(month=12)
    assert "gpt-image-1.5" not in {model.id for model in client.models.list()}
    with pytest.raises(openai.NotFoundError):
        client.images.generate(model="gpt-image-1.5", prompt="x")


# Errors, each as the SDK's own class


def refused(client: OpenAI, error: type[openai.APIStatusError], **body: Any) -> openai.APIStatusError:
    with pytest.raises(error) as caught:
        client.post(
            "/images/generations",
            cast_to=dict,  # pyright: ignore[reportArgumentType]
            body={"model": "gpt-image-2", "prompt": "a kite"} | body,
        )
    assert caught.value.request_id
    return caught.value


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"colour": "red"}, "colour", "unknown_parameter"),
        ({"response_format": "url"}, "response_format", "unknown_parameter"),
        ({"style": "vivid"}, "style", "unknown_parameter"),
        ({"prompt": None}, "prompt", "missing_required_parameter"),
        ({"prompt": ""}, "prompt", "empty_string"),
        ({"prompt": "x" * 32_001}, "prompt", "string_above_max_length"),
        ({"prompt": 5}, "prompt", "invalid_type"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"n": 11}, "n", "integer_above_max_value"),
        ({"n": "2"}, "n", "invalid_type"),
        ({"n": True}, "n", "invalid_type"),
        ({"n": 1.5}, "n", "invalid_type"),
        ({"quality": "hd"}, "quality", "invalid_value"),
        ({"quality": "xhigh"}, "quality", "invalid_value"),
        ({"complexity": "low"}, "complexity", "unsupported_parameter"),
        ({"model": "gpt-image-2.5-flare", "complexity": "low"}, "complexity", "unsupported_parameter"),
        ({"size": "1000x1000"}, "size", "invalid_value"),
        ({"size": "512x512"}, "size", "invalid_value"),
        ({"size": "3856x1024"}, "size", "invalid_value"),
        ({"size": "3200x1024"}, "size", "invalid_value"),
        ({"size": "3840x2176"}, "size", "invalid_value"),
        ({"size": "big"}, "size", "invalid_value"),
        ({"model": "gpt-image-1.5", "size": "1536x864"}, "size", "invalid_value"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "invalid_value"),
        ({"output_compression": 50}, "output_compression", "invalid_value"),
        (
            {"output_format": "webp", "output_compression": 101},
            "output_compression",
            "integer_above_max_value",
        ),
        ({"output_format": "gif"}, "output_format", "invalid_value"),
        ({"model": "gpt-image-2.6-flare", "output_format": "gif", "stream": True}, "stream", "invalid_value"),
        ({"model": "gpt-image-2.6-flare", "output_format": "svg", "n": 2}, "n", "invalid_value"),
        ({"model": "gpt-image-2.6-flare", "svg": {"model": "x"}}, "svg", "invalid_value"),
        (
            {"model": "gpt-image-2.6-flare", "output_format": "svg", "svg": {}},
            "svg.model",
            "missing_required_parameter",
        ),
        ({"frame_count": 4}, "frame_count", "invalid_value"),
        ({"partial_images": 4, "stream": True}, "partial_images", "integer_above_max_value"),
        ({"partial_images": 1}, "partial_images", "invalid_value"),
        ({"moderation": "off"}, "moderation", "invalid_value"),
        ({"input_fidelity": "high"}, "input_fidelity", "unknown_parameter"),
    ],
)
def test_bad_parameters(client: OpenAI, sandbox: RunningSandbox, body: Any, param: str, code: str):
    error = refused(client, openai.BadRequestError, **body)
    assert (error.type, error.param, error.code) == ("invalid_request_error", param, code)
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize("model", ["dall-e-3", "dall-e-2", "gpt-image-1", "gpt-image-9", None])
def test_dead_and_unknown_models(client: OpenAI, model: str | None):
    error = refused(client, openai.NotFoundError, model=model)
    assert error.code == "model_not_found"


def test_null_is_left_out(client: OpenAI):
    assert client.post(
        "/images/generations",
        cast_to=dict,  # pyright: ignore[reportArgumentType]
        body={"model": "gpt-image-2", "prompt": "x", "n": None, "size": None, "stream": None},
    )


def test_refusals_carry_their_details(client: OpenAI, sandbox: RunningSandbox):
    for prompt, stage in (("forbidden-violence", "input"), ("forbidden-output-violence", "output")):
        error = refused(client, openai.BadRequestError, prompt=prompt)
        assert (error.type, error.code) == ("image_generation_user_error", "moderation_blocked")
        assert "safety_violations=[violence]" in error.message
        assert isinstance(error.body, dict)
        assert error.body["moderation_details"] == {"moderation_stage": stage, "categories": ["violence"]}
    assert sandbox.bill.charges() == ()


@pytest.mark.parametrize(
    ("key", "error", "code"),
    [
        ("sk-invalid", openai.AuthenticationError, "invalid_api_key"),
        ("no-prefix", openai.AuthenticationError, "invalid_api_key"),
        ("sk-empty", openai.RateLimitError, "insufficient_quota"),
        ("sk-forbidden", openai.PermissionDeniedError, None),
    ],
)
def test_keys(client: OpenAI, key: str, error: type[openai.APIStatusError], code: str | None):
    refusal = refused(client.with_options(api_key=key), error)
    assert refusal.code == code
    assert key not in refusal.message


def test_variations_are_gone(client: OpenAI):
    with pytest.deprecated_call(), pytest.raises(openai.NotFoundError) as caught:
        client.images.create_variation(image=("a.png", png(), "image/png"))
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize("status", [500, 503])
def test_servers_fail(client: OpenAI, sandbox: RunningSandbox, status: int):
    sandbox.faults.plan(Fault(FaultKind.STATUS, status=status))
    assert refused(client, openai.InternalServerError).type == "server_error"


def edit(client: OpenAI, **rest: Any) -> Any:
    values: dict[str, Any] = {"model": "gpt-image-2", "prompt": "x", "image": ("a.png", png(), "image/png")}
    return client.images.edit(**(values | rest))


BIG = encode(paint("big", 64, 64), "png") + bytes(4 * 1024 * 1024)


@pytest.mark.parametrize(
    ("rest", "param", "code"),
    [
        ({"image": ("a.png", png(), "application/octet-stream")}, "image", "unsupported_file_mimetype"),
        (
            {"image": ("a.gif", encode(paint("a", 64, 64), "gif"), "image/gif")},
            "image",
            "unsupported_file_mimetype",
        ),
        ({"image": ("a.png", b"junk", "image/png")}, "image", "invalid_image_file"),
        ({"image": ("a.jpg", png(), "image/jpeg")}, "image", "invalid_image_file"),
        ({"image": [("a.png", png(64, 64), "image/png")] * 17}, "image", "array_above_max_length"),
        ({"mask": ("m.png", png(), "image/png")}, "mask", "invalid_image_format"),
        ({"mask": ("m.png", png(512, 512, transparent=True), "image/png")}, "mask", "invalid_image_format"),
        (
            {"mask": ("m.jpg", encode(paint("m", 1024, 1024), "jpeg"), "image/jpeg")},
            "mask",
            "unsupported_file_mimetype",
        ),
        ({"mask": ("m.png", BIG, "image/png")}, "mask", "image_too_large"),
        ({"input_fidelity": "high"}, "input_fidelity", "unsupported_parameter"),
        ({"model": "gpt-image-1-mini", "input_fidelity": "high"}, "input_fidelity", "invalid_value"),
        ({"extra_body": {"colour": "red"}}, "colour", "unknown_parameter"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"extra_body": {"n": "two"}}, "n", "invalid_type"),
    ],
)
def test_bad_edits(client: OpenAI, sandbox: RunningSandbox, rest: Any, param: str, code: str):
    with pytest.raises(openai.BadRequestError) as caught:
        edit(client, **rest)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert sandbox.bill.charges() == ()


def test_input_fidelity_where_it_is_taken(client: OpenAI):
    assert edit(client, model="gpt-image-1.5", input_fidelity="high").data


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([("image", png()), ("image", png())], "duplicate_parameter"),
        ([("image", png()), ("mask[]", png(transparent=True))], "unknown_parameter"),
        (
            [("image", png()), ("markup", png(transparent=True)), ("mask", png(transparent=True))],
            "invalid_value",
        ),
        ([("image", png()), ("markup", png())], "invalid_image_format"),
        ([("mask", png(transparent=True))], "missing_required_parameter"),
    ],
)
def test_part_names(client: OpenAI, names: list[tuple[str, bytes]], code: str):
    with pytest.raises(openai.BadRequestError) as caught:
        client.post(
            "/images/edits",
            cast_to=dict,  # pyright: ignore[reportArgumentType]
            body={"model": "gpt-image-2.6-flare", "prompt": "x"},
            files=[(name, ("a.png", data, "image/png")) for name, data in names],
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )
    assert caught.value.code == code


def test_an_opaque_markup_is_refused(client: OpenAI):
    file = io.BytesIO()
    Image.new("RGBA", (1024, 1024), (9, 9, 9, 255)).save(file, "PNG")
    with pytest.raises(openai.BadRequestError) as caught:
        client.post(
            "/images/edits",
            cast_to=dict,  # pyright: ignore[reportArgumentType]
            body={"model": "gpt-image-2.6-flare", "prompt": "x"},
            files=[
                ("image", ("a.png", png(), "image/png")),
                ("markup", ("m.png", file.getvalue(), "image/png")),
            ],
            options={"headers": {"Content-Type": "multipart/form-data"}},
        )
    assert caught.value.code == "invalid_image_file"


@pytest.mark.parametrize(
    ("images", "status", "code"),
    [
        (None, 400, "missing_required_parameter"),
        ([{"image_url": "https://example.com/a.png"}], 400, "invalid_image_url"),
        ([{"image_url": "data:image/png;base64,%%%"}], 400, "invalid_base64"),
        ([{"file_id": "file-1"}], 404, None),
        ([{"file_id": "file-1", "image_url": "data:image/png;base64,AA=="}], 400, "invalid_value"),
        ([{"url": "x"}], 400, "unknown_parameter"),
        (["x"], 400, "invalid_type"),
    ],
)
def test_bad_json_edits(client: OpenAI, images: Any, status: int, code: str | None):
    with pytest.raises(openai.APIStatusError) as caught:
        client.post(
            "/images/edits",
            cast_to=dict,  # pyright: ignore[reportArgumentType]
            body={"model": "gpt-image-2", "prompt": "x", "images": images},
        )
    assert (caught.value.status_code, caught.value.code) == (status, code)


def test_rate_limits(clock: StillClock):
    with (
        running_sandbox(clock, rates={"openai": 2}) as sandbox,
        OpenAI(base_url=sandbox.url("openai"), api_key="sk-test", max_retries=0) as client,
    ):
        raw = client.images.with_raw_response.generate(model="gpt-image-2", prompt="x")
        assert raw.headers["x-ratelimit-remaining-requests"] == "1"
        client.models.list()
        error = refused(client, openai.RateLimitError)
        assert (error.type, error.code) == ("requests", "rate_limit_exceeded")
        assert error.response.headers["retry-after"] == "60"
        clock.time = clock.time.replace(minute=1)
        client.models.list()
