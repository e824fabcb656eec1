"""From words to requests: which are pictures, which is the prompt, and what options become."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest

from limner.cli import asks, given
from limner.cli.asks import Ask, tasks
from limner.cli.options import declare
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.core.pictures import Margins, Picture, Role, Size
from limner.core.requests import Classification, Mode, Request, Strategy, Tier


def ask(operation: Operation, *words: str, **values: object) -> Ask:
    return Ask(operation, words, values)


async def never(url: str) -> bytes:
    raise AssertionError(f"{url} was fetched")


def request(one: Ask) -> Request:
    [task] = tasks(one)
    return anyio.run(given.request, one, task, never)


def test_the_words_of_generate_are_the_prompt():
    [task] = tasks(ask(Operation.GENERATE, "a", "pear", "on a plate"))
    assert (task.prompt, task.sources) == ("a pear on a plate", ())


def test_the_last_word_is_the_prompt_where_one_is_needed(folder: Path, small: Path):
    [task] = tasks(ask(Operation.INPAINT, "small.png", "a red door", mask="small.png"))
    assert (task.prompt, task.names) == ("a red door", ["small.png"])


def test_where_none_is_needed_every_word_is_a_picture(folder: Path):
    found = tasks(ask(Operation.UPSCALE, "a.png", "b.png"))
    assert [task.names for task in found] == [["a.png"], ["b.png"]]


def test_with_prompt_given_every_word_is_a_picture():
    [task] = tasks(ask(Operation.EDIT, "a.png", "b.png", prompt="at night"))
    assert (task.prompt, task.names) == ("at night", ["a.png", "b.png"])


def test_a_prompt_comes_through_stdin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a pear,\non a plate\n"))
    [task] = tasks(ask(Operation.GENERATE, "-"))
    assert task.prompt == "a pear,\non a plate"


def test_a_picture_comes_through_stdin(monkeypatch: pytest.MonkeyPatch, small: Path):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(small.read_bytes())))
    [task] = tasks(ask(Operation.EDIT, "-", "at night"))
    assert task.prompt == "at night"
    assert task.names == ["stdin"]
    assert isinstance(task.sources[0], Picture)
    assert task.sources[0].data == small.read_bytes()


def test_urls_and_data_are_kept_as_they_are():
    [task] = tasks(
        ask(Operation.EDIT, "https://x.example/a/cat.png?s=1", "data:image/png;base64,aGVqIQ==", "x")
    )
    assert task.names == ["https://x.example/a/cat.png?s=1", "data"]
    assert asks.stem_of(task.sources[0]) == "cat"


def test_a_name_without_ending_is_a_file_not_base64(folder: Path):
    with pytest.raises(UserError, match="photo cannot be read: No such file"):
        request(ask(Operation.UPSCALE, "photo"))


@pytest.mark.parametrize(
    ("text", "margins"),
    [
        ("200", Margins(200, 200, 200, 200)),
        ("300,0,50,0", Margins(300, 0, 50, 0)),
        ("left=300, top=50", Margins(left=300, top=50)),
    ],
)
def test_margins(small: Path, text: str, margins: Margins):
    assert request(ask(Operation.OUTPAINT, str(small), margins=text)).margins == margins


@pytest.mark.parametrize("text", ["1,2", "left=x", "up=3", "", "1.5"])
def test_margins_that_are_none(small: Path, text: str):
    with pytest.raises(UserError) as caught:
        given._margins(text)
    assert caught.value.field == "margins"


def test_references_have_roles_and_strengths(small: Path):
    texts = ["small.png", "style=small.png", "structure:0.6=small.png"]
    found = request(ask(Operation.GENERATE, "a pear", reference=texts)).references
    assert [(one.role, one.strength) for one in found] == [
        (Role.SOURCE, None),
        (Role.STYLE, None),
        (Role.STRUCTURE, 0.6),
    ]


def test_options_are_json_or_text():
    pairs = ["moderation=low", "count=3", "deep=true", "list=[1,2]", 'text="3"', "user-id=x"]
    assert request(ask(Operation.GENERATE, "a pear", option=pairs)).options == {
        "moderation": "low",
        "count": 3,
        "deep": True,
        "list": [1, 2],
        "text": "3",
        "user_id": "x",
    }


SAID: dict[str, tuple[Any, str, Any]] = {  # option: what is typed, the field, what it becomes
    "prompt": ("a pear", "prompt", "a pear"),
    "negative_prompt": ("fog", "negative_prompt", "fog"),
    "search": ("boat", "search", "boat"),
    "style": ("anime", "style", "anime"),
    "strength": (0.5, "strength", 0.5),
    "guidance": (7.5, "guidance", 7.5),
    "steps": (30, "steps", 30),
    "seed": (7, "seed", 7),
    "tool": ("x/y", "tool", "x/y"),
    "margins": ("1", "margins", Margins(1, 1, 1, 1)),
    "model": ("x/y", "model", "x/y"),
    "provider": ("x", "provider", "x"),
    "quality": ("fast", "quality", Tier.DRAFT),
    "max_cost": ("$0.05", "max_cost", Decimal("0.05")),
    "strategy": ("cheapest", "strategy", Strategy.CHEAPEST),
    "region": (["EU", "ch"], "regions", ("eu", "ch")),
    "classification": ("internal", "classification", Classification.INTERNAL),
    "mode": ("best-effort", "mode", Mode.BEST_EFFORT),
    "embed_settings": (True, "embed_settings", True),
    "no_fallback": (True, "allow_fallback", False),
    "after_refusal": (True, "fallback_on_refusal", True),
    "option": (["a=1"], "options", {"a": 1}),
    "user": ("u", "user", "u"),
    "n": (3, "n", 3),
    "size": ("640x480", "size", Size(640, 480)),
    "aspect_ratio": ("16:9", "aspect_ratio", "16:9"),
    "scale": (2.0, "scale", 2.0),
    "background": ("transparent", "background", "transparent"),
    "format": ("jpg", "format", "jpeg"),
    "compression": (80, "compression", 80),
    "partial_images": (2, "partial_images", 2),
    "deadline": (30.0, "deadline", 30.0),
    "idempotency_key": ("k", "idempotency_key", "k"),
}


@pytest.mark.parametrize("option", SAID)
def test_an_option_becomes_its_field(option: str):
    typed, field, value = SAID[option]
    assert getattr(request(ask(Operation.GENERATE, **{"prompt": "x", option: typed})), field) == value


def test_every_field_of_a_request_has_an_option():
    elsewhere = {"operation", "images", "references", "mask"}
    assert {field for _, field, _ in SAID.values()} == set(Request.__dataclass_fields__) - elsewhere


def test_every_option_is_either_a_field_or_about_working():
    working = {"mask_dir", "yes", "output", "force", "each", "jobs", "no_store", "show", "json"}
    pictures = {"reference", "mask", "mask_kind", "feather", "invert", "width", "height"}
    declared = set(declare.__annotations__) - {"return"}
    assert declared == SAID.keys() | working | pictures


def test_width_and_height(small: Path):
    assert request(ask(Operation.GENERATE, "x", width=64, height=32)).size == Size(64, 32)


def test_the_mask_and_how_it_is_meant(small: Path):
    mask = request(
        ask(Operation.ERASE, str(small), mask=str(small), mask_kind="alpha", feather=4.0, invert=True)
    ).mask
    assert mask is not None
    assert (mask.kind, mask.feather, mask.invert) == ("alpha", 4.0, True)


def test_a_mask_of_the_same_name_with_another_ending(folder: Path, small: Path):
    (folder / "masks").mkdir()
    (folder / "masks" / "small.webp").write_bytes(b"x")
    [task] = tasks(ask(Operation.ERASE, str(small), mask_dir=Path("masks")))
    assert task.mask == Path("masks/small.webp")
