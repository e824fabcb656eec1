import base64
import io
import json
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from types import MappingProxyType
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import parse_form  # the parser of the web framework

from limner.core.errors import UserError
from limner.core.http import FormBody, Inline, JsonBody, MultipartBody, Part, RawBody
from limner.transport.encode import encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


# --- JSON --------------------------------------------------------------------------------


def test_json_is_json():
    body, media_type = encode(JsonBody({"prompt": "räv 🦊", "n": 2, "on": True, "off": None, "s": 0.5}))
    assert media_type == "application/json"
    assert json.loads(body) == {"prompt": "räv 🦊", "n": 2, "on": True, "off": None, "s": 0.5}


def test_pictures_are_standard_base64_wherever_they_stand():
    picture = bytes(range(256))
    body, _ = encode(
        JsonBody(
            {
                "image": Inline(picture, prefix="data:image/png;base64,"),
                "list": [Inline(b""), {"deep": Inline(picture)}, "text"],
                "mapping": MappingProxyType({"x": Inline(b"\xfb\xff")}),
                "last": 1,
            }
        )
    )
    standard = base64.b64encode(picture).decode()
    assert json.loads(body) == {
        "image": "data:image/png;base64," + standard,
        "list": ["", {"deep": standard}, "text"],
        "mapping": {"x": "+/8="},
        "last": 1,
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    ),
    TEXT,
)
def test_any_document_survives(value: object, prefix: str):
    def inline(item: object) -> object:
        match item:
            case bytes():
                return Inline(item, prefix)
            case list():
                return [inline(x) for x in item]
            case dict():
                return {k: inline(v) for k, v in item.items()}
            case _:
                return item

    def text(item: object) -> object:
        match item:
            case bytes():
                return prefix + base64.b64encode(item).decode()
            case list():
                return [text(x) for x in item]
            case dict():
                return {k: text(v) for k, v in item.items()}
            case _:
                return item

    body, _ = encode(JsonBody({"value": inline(value)}))
    assert json.loads(body) == {"value": text(value)}


@pytest.mark.parametrize("size", [0, 1, 2, 3, 98303, 98304, 98305, 98306, 98307, 1_000_000])
def test_a_picture_of_any_size_is_encoded_as_one(size: int):
    picture = (bytes(range(256)) * 4000)[:size]
    body, _ = encode(JsonBody({"a": Inline(picture), "b": Inline(picture, "x")}))
    standard = base64.b64encode(picture).decode()
    assert body.decode() == f'{{"a":"{standard}","b":"x{standard}"}}'


def test_the_same_body_is_written_the_same_way():
    body = JsonBody({"a": Inline(b"1"), "b": [Inline(b"2")]})
    assert encode(body) == encode(body)


def test_half_a_character_is_refused():
    with pytest.raises(UserError) as caught:
        encode(JsonBody({"prompt": "half \ud800"}))
    assert caught.value.code == "bad_text"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bare"])
def test_what_json_cannot_say_is_an_error(value: object):
    with pytest.raises((TypeError, ValueError)):
        encode(JsonBody({"x": value}))


# --- forms -------------------------------------------------------------------------------


@given(st.lists(st.tuples(TEXT, TEXT)))
def test_any_form_survives(fields: list[tuple[str, str]]):
    body, media_type = encode(FormBody(tuple(fields)))
    assert media_type == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode(), keep_blank_values=True) == fields


def test_raw_bytes_stay():
    data = b"\x89PNG"
    body, media_type = encode(RawBody(data, "image/png"))
    assert body is data
    assert media_type == "image/png"


# --- multipart ---------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
PARTS = st.builds(Part, NAMES, st.binary()) | st.builds(
    Part,
    NAMES,
    st.binary(),
    NAMES,
    st.sampled_from(["image/png", "image/svg+xml", "text/plain; charset=utf-8"]),
)


def parse(body: bytes, media_type: str) -> list[Part]:
    """What the web framework's parser reads, with names as browsers unescape them."""
    found: list[Part] = []

    def unescaped(name: bytes | None) -> str | None:
        return None if name is None else name.decode().replace("%22", '"')

    def on_field(field) -> None:
        found.append(Part(unescaped(field.field_name) or "", field.value or b""))

    def on_file(file) -> None:
        file.file_object.seek(0)
        data = file.file_object.read()
        kind = file.headers["Content-Type"] if hasattr(file, "headers") else None
        found.append(Part(unescaped(file.field_name) or "", data, unescaped(file.file_name), kind))

    parse_form({"Content-Type": media_type.encode()}, io.BytesIO(body), on_field, on_file)
    return found


def email_parts(body: bytes, media_type: str) -> list[Message]:
    message = message_from_bytes(b"Content-Type: " + media_type.encode() + b"\r\n\r\n" + body, policy=HTTP)
    assert not message.defects
    return list(message.iter_parts())


@given(st.lists(PARTS, min_size=1))
def test_any_parts_survive(parts: list[Part]):
    body, media_type = encode(MultipartBody(tuple(parts)))
    read = parse(body, media_type)
    assert [(part.name.replace("%22", '"'), part.data) for part in parts] == [
        (part.name, part.data) for part in read
    ]


def test_every_file_names_its_type():
    body, media_type = encode(
        MultipartBody(
            (
                Part("prompt", "räv".encode()),
                Part("image[]", b"\x89PNG\r\n--x\r\n", "a.png", "image/png"),
                Part("mask", b"mask", "m.webp", "image/webp"),
            )
        )
    )
    prompt, image, mask = email_parts(body, media_type)
    assert prompt.get_payload(decode=True) == "räv".encode()
    assert "content-type" not in {name.lower() for name in prompt.keys()}  # noqa: SIM118
    assert prompt.get_filename() is None
    assert (image.get_content_type(), image.get_filename()) == ("image/png", "a.png")
    assert image.get_payload(decode=True) == b"\x89PNG\r\n--x\r\n"
    assert (mask.get_content_type(), mask.get_filename()) == ("image/webp", "m.webp")


HOSTILE = [
    'a"; filename="b.exe',
    "a\r\nContent-Type: text/html\r\n\r\n<script>",
    "a\r\n--bb--\r\n",
    "\0",
    "ä\n",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_inside_its_quotes(name: str):
    body, media_type = encode(
        MultipartBody((Part(name, b"1"), Part("file", b"2", name, "image/png"))), boundary="bb"
    )
    field, file = parse(body, media_type)
    assert (field.data, file.data) == (b"1", b"2")
    head = body.partition(b"\r\n\r\n")[0].decode()
    assert head.count("\r\n") == 1
    assert head.count('"') == 2
    assert body.count(b"\r\n--bb") == 2


@pytest.mark.parametrize("media_type", ["image/png\r\nX: y", "png", "", "image/png; a=\r\n"])
def test_a_media_type_is_only_a_media_type(media_type: str):
    with pytest.raises(ValueError, match="media type"):
        encode(MultipartBody((Part("f", b"", "a", media_type),)))
    with pytest.raises(ValueError, match="media type"):
        encode(RawBody(b"", media_type))


def test_a_file_without_a_type_is_an_error():
    with pytest.raises(ValueError, match="no media type"):
        encode(MultipartBody((Part("f", b"", "a.png"),)))


def test_the_boundary_is_new_unless_it_is_given():
    body = MultipartBody((Part("a", b"1"),))
    assert encode(body) != encode(body)
    assert (
        encode(body, boundary="b")
        == encode(body, boundary="b")
        == (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        )
    )
