import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.painters.embedded import scenes
from limner.painters.embedded.brief import Brief
from limner.painters.embedded.reading import read
from limner.painters.embedded.tables import packed, table
from limner.painters.embedded.vocabulary import find, spread, subject_home


def _names(brief: Brief) -> list[str]:
    return [subject.name for subject in brief.subjects]


@pytest.mark.parametrize(
    ("prompt", "scene", "light", "season", "subjects", "traits"),
    [
        ("a red fox in a birch forest at dawn", "forest", "dawn", None, ["fox"], {"birch"}),
        ("en räv i en björkskog i gryningen", "forest", "dawn", None, ["fox"], {"birch"}),
        ("A lighthouse on a rocky coast at dusk", "coast", "dusk", None, [], {"lighthouse"}),
        ("vinternatt med norrsken över fjällen", "sky", "night", "winter", [], {"aurora"}),
        ("en älg i dimman", "forest", "grey", None, ["moose"], {"fog"}),
        ("whale under the sea", "underwater", None, None, ["whale"], set()),
        ("a spaceship above mars", "space", None, None, ["rocket"], {"mars"}),
        (
            "en kopp kaffe och en kanelbulle",
            "still_life",
            "day",
            None,
            ["hot-beverage", "cinnamon-bun"],
            set(),
        ),
        ("a bowl of lemons, still life", "still_life", None, None, ["lemon"], set()),
        ("snowy mountains at night under stars", "mountains", "night", "winter", [], {"stars"}),
        ("höstskog i regn", "forest", "grey", "autumn", [], {"rain"}),
        ("a cat on a sofa", "interior", None, None, ["cat"], {"chair"}),
    ],
)
def test_words_become_a_scene(prompt, scene, light, season, subjects, traits):  # noqa: PLR0917 - a table
    brief = read(prompt, 1)
    assert brief.scene == scene
    assert light is None or brief.light == light
    assert season is None or brief.season == season
    assert _names(brief) == subjects
    assert traits <= brief.traits


def test_a_colour_belongs_to_the_thing_behind_it_and_otherwise_to_the_picture():
    brief = read("a blue horse in a meadow, everything in teal and orange", 1)
    assert brief.subjects[0].colour is not None
    assert brief.subjects[0].colour[2] > brief.subjects[0].colour[0]
    assert len(brief.hues) == 2


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("two cats", 2),
        ("tre katter", 3),
        ("a flock of sheep", 7),
        ("a cat", 1),
        ("cats", 3),
        ("a bus", 1),
        ("en tiger", 1),
    ],
)
def test_numbers_and_plurals_count(prompt, count):
    assert read(prompt, 1).subjects[0].count == count


def test_what_is_not_wanted_is_left_out():
    assert _names(read("a meadow with a horse but without cows", 1)) == ["horse"]
    assert _names(read("en äng utan kor, med en häst", 1)) == ["horse"]
    assert _names(read("a horse and a cow", 1, "cow")) == ["horse"]


@pytest.mark.parametrize(
    ("prompt", "letter"), [("the letter S", "S"), ("bokstaven å", "Å"), ("anfang Ö", "Ö"), ("Q", "Q")]
)
def test_a_letter_asked_for_becomes_an_initial(prompt, letter):
    brief = read(prompt, 1)
    assert (brief.scene, brief.letter) == ("initial", letter)


def test_words_of_one_language_only_count_in_it():
    assert "village" not in read("a house by the road", 1).traits
    assert "village" in read("en by på landet", 1).traits
    assert not any(meaning.name == "winter" for meaning in find("is", "en"))


def test_swedish_compounds_are_taken_apart():
    assert {meaning.name for meaning in spread("björkskog", "sv")} >= {"birch", "forest"}
    assert spread("xyzabcdef", "sv") == []
    assert spread("björkskog", "en") == []


@given(st.text(max_size=400), st.integers(0, 2**31))
def test_any_text_gives_a_brief_that_can_be_painted(prompt, seed):
    brief = read(prompt, seed)
    assert brief.light in table("lights")
    assert brief.season in table("seasons")
    assert len(brief.subjects) <= 4


def test_the_same_words_and_seed_are_read_alike():
    assert read("a fox by the sea", 7) == read("a fox by the sea", 7)


def test_ten_thousand_characters_are_read():
    prompt = ("a beautiful, stunning, highly detailed masterpiece of a fox " * 200)[:10_000]
    assert _names(read(prompt, 1)) == ["fox"]


def test_every_subject_that_words_name_can_be_drawn():
    tables, pictures = table("subjects"), packed("subjects")
    listed = (*tables["scene"].values(), *tables["habitat"].values(), tables["words"], tables["size"])
    named = {name for names in listed for name in names}
    missing = {name for name in named if not name.startswith("@") and name not in pictures}
    assert missing <= set(), sorted(missing)


def test_every_subject_has_a_home():
    homes = {subject_home(name) for name in packed("subjects")}
    assert homes <= {module.name for module in pkgutil.iter_modules(scenes.__path__)}
