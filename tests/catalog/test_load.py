from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from limner.catalog.catalog import Catalog
from limner.catalog.load import load
from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.prices import PerImage
from tests.catalog.samples import TODAY

LIVE = "openai/gpt-image-2"
MINIMAL = """
[models."shed/painter".abilities.generate]
prompt = "required"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "limner.toml"


def got(text: str, file: Path, name: str = "shed/painter") -> Model:
    file.write_text(text, encoding="utf-8")
    model = load(file).get(name)
    assert model is not None
    return model


def refusal(text: str, file: Path) -> UserError:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load(file)
    assert caught.value.code == "invalid_catalog"
    assert caught.value.remedy
    assert file.name in caught.value.message
    return caught.value


def test_a_users_model_needs_little(file: Path):
    model = got(MINIMAL, file)
    assert model.can(Operation.GENERATE)
    assert model.source == str(file)
    assert isinstance(model.checked_on, date)
    assert model.wire["model"] == "painter"
    assert model.prices == ()


def test_a_users_file_changes_field_by_field(file: Path):
    before = load().get(LIVE)
    after = got(f'[models."{LIVE}".limits]\nn = 2\n[models."{LIVE}".wire]\nmodel = "painter"', file, LIVE)
    assert before is not None
    assert (after.limits.n, before.limits.n) == (2, 10)
    assert after.limits.qualities == before.limits.qualities
    assert after.wire["model"] == "painter"
    assert (after.source, after.checked_on, after.abilities) == (
        before.source,
        before.checked_on,
        before.abilities,
    )


def test_what_comes_with_limner_is_not_changed_by_a_users_file(file: Path):
    got(f'[models."{LIVE}".limits]\nn = 2', file, LIVE)
    again = load().get(LIVE)
    assert again is not None
    assert again.limits.n == 10


def test_a_users_model_can_be_like_another(file: Path):
    text = (
        '[models."azure/ours"]\nlike = "azure/gpt-image-2"\ntitle = "Ours"\nwire = { deployment = "img-7" }'
    )
    model = got(text, file, "azure/ours")
    assert (model.title, model.wire["deployment"], model.wire["model"]) == ("Ours", "img-7", "ours")
    assert model.sizes.free is not None
    assert load(file).find("ours", today=TODAY).id == "azure/ours"


def test_a_known_model_that_is_to_be_like_another_keeps_nothing_of_its_own(file: Path):
    model = got(f'[models."{LIVE}"]\nlike = "limner/heal"', file, LIVE)
    assert not model.can(Operation.GENERATE)
    assert model.title == "Heal"


def test_an_ability_can_be_taken_away(file: Path):
    model = got(f'[models."{LIVE}".abilities]\nvariation = false', file, LIVE)
    assert not model.can(Operation.VARIATION)
    assert model.can(Operation.EDIT)


def test_later_files_lie_over_earlier_ones(tmp_path: Path):
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(MINIMAL + '[models."shed/painter".limits]\nn = 3\nprompt = 100', encoding="utf-8")
    two.write_text('[models."shed/painter".limits]\nn = 5', encoding="utf-8")
    model = load(one, two).get("shed/painter")
    assert model is not None
    assert (model.limits.n, model.limits.prompt) == (5, 100)


def test_an_operator_says_what_they_know_of_a_provider(file: Path):
    file.write_text(
        '[providers.azure]\nregions = ["eu"]\nclassification = "internal"\n'
        '[models."azure/gpt-image-2"]\nregions = ["eu", "us"]',
        encoding="utf-8",
    )
    catalog = load(file)
    assert {model.classification for model in catalog.all() if model.provider == "azure"} == {"internal"}
    assert {model.regions for model in catalog.all() if model.provider == "openai"} == {()}
    one, other = catalog.get("azure/gpt-image-2"), catalog.get("azure/gpt-image-2.5-flare")
    assert one is not None
    assert other is not None
    assert (one.regions, other.regions) == (("eu", "us"), ("eu",))


def european(catalog: Catalog, name: str) -> tuple[tuple[str, ...], str | None]:
    model = catalog.get(name)
    assert model is not None
    return model.regions, model.address(("eu",))


def test_published_addresses_hold_where_the_operator_has_not_moved_the_provider(file: Path):
    """An override leads elsewhere: what lies there is for the operator to say."""
    flux, eu = "bfl/flux-2-pro", "https://api.eu.bfl.ai"
    assert european(load(), flux) == ((), eu)
    assert european(load(moved={"bfl": "https://proxy.example/bfl"}), flux) == ((), None)
    assert european(load(moved={"bfl": eu + "/"}), flux) == (("eu",), None)
    assert european(load(moved={"openai": "https://proxy.example"}), flux) == ((), eu)
    file.write_text('[providers.bfl.addresses]\neu = "https://ours.example"', encoding="utf-8")
    assert european(load(file), flux) == ((), "https://ours.example")
    assert european(load(file, moved={"bfl": "https://proxy.example"}), flux) == (
        (),
        "https://ours.example",
    )


def test_an_operators_server_may_have_regional_addresses(file: Path):
    file.write_text('[providers.azure.addresses]\nse = "https://ours-se.openai.azure.com"', encoding="utf-8")
    azure = load(file).get("azure/gpt-image-2")
    assert azure is not None
    assert azure.address(("se", "eu")) == "https://ours-se.openai.azure.com"
    assert azure.address(("eu",)) is None


def test_nothing_is_known_of_regions_but_what_a_source_says():
    """A new entry belongs here, with where it was read."""
    stated = {(each.provider, each.regions, tuple(each.addresses)) for each in load().all()}
    assert {each for each in stated if each[1:] != ((), ())} == {("bfl", (), ("eu", "us"))}
    assert {each.provider for each in load().all() if each.classification} == set()


@pytest.mark.parametrize(
    "text",
    [
        '[providers.azure]\nregions = ["EU"]',
        '[providers.azure]\nregions = ["the eu"]',
        '[providers.azure.addresses]\nEU = "https://x.example"',
        '[providers.azure.addresses]\neu = "x.example"',
    ],
)
def test_a_region_that_no_wish_could_name_is_refused(file: Path, text: str):
    assert refusal(text, file).field


@pytest.mark.parametrize(
    "text",
    ["[providers.nobody]\nregions = ['eu']", "[providers.azure]\npriority = 1", "[providers]\nazure = 1"],
)
def test_what_is_said_of_a_provider_is_read_strictly(file: Path, text: str):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="providers"):
        load(file)


def test_aliases_lead_to_one_model_or_several(file: Path):
    text = MINIMAL + f'[aliases]\nours = "shed/painter"\nBest = ["openai/dall-e-3", "{LIVE}"]'
    file.write_text(text, encoding="utf-8")
    catalog = load(file)
    assert catalog.find("ours", today=TODAY).id == "shed/painter"
    assert catalog.find("best", today=TODAY).id == LIVE
    assert "cheapest" in catalog.aliases


def test_an_alias_may_hide_a_models_own_name(file: Path):
    file.write_text('[aliases]\n"gpt-image-2" = "azure/gpt-image-2"', encoding="utf-8")
    assert load(file).find("gpt-image-2", today=TODAY).id == "azure/gpt-image-2"


def test_other_tables_of_the_file_are_not_the_catalogs(file: Path):
    assert got("[server]\nport = 1\n" + MINIMAL, file).id == "shed/painter"


def test_amounts_stay_decimal(file: Path):
    text = (
        MINIMAL
        + '[[models."shed/painter".prices]]\nimage = { tariffs = [{ amount = "0.10" }] }\nunit = "credits"'
    )
    tariffed = got(text, file).prices[0]
    assert isinstance(tariffed.rule, PerImage)
    assert tariffed.rule.tariffs[0].amount == Decimal("0.10")
    assert (tariffed.unit, tariffed.usd_per_unit) == ("credits", None)


def test_sizes_are_text(file: Path):
    text = MINIMAL + '[models."shed/painter".sizes]\nfixed = ["64x48"]\ndefault = "64x48"'
    assert got(text, file).sizes.fixed == (Size(64, 48),)


@pytest.mark.parametrize("mapping", ["abilities", "wire", "extras"])
def test_facts_cannot_be_changed(mapping: str):
    model = load().get(LIVE)
    assert model is not None
    with pytest.raises(TypeError):
        getattr(model, mapping)["new"] = 1
    with pytest.raises(TypeError):
        model.limits.qualities["new"] = "x"  # pyright: ignore[reportIndexIssue]


BROKEN = [
    ('[models."shed/painter".limits]\nnn = 3', 'models."shed/painter".limits.nn'),
    ('[models."shed/painter".limits]\nn = "many"', "limits.n"),
    ('[models."shed/painter".limits]\nn = 0', "limits.n"),
    ('[models."shed/painter".limits]\nseed = [9, 1]', "limits.seed"),
    ('[models."shed/painter".limits]\nsingle = ["svg"]', "limits.single"),
    ('[models."shed/painter"]\ncolour = "red"', "colour"),
    ('[models."shed/painter"]\nlifecycle = "undead"', "lifecycle"),
    ('[models."shed/painter"]\nshutdown_on = "someday"', "shutdown_on"),
    ('[models."shed/painter".abilities.levitate]\nprompt = "required"', "abilities.levitate"),
    ('[models."shed/painter".abilities.erase]\nthrough = "inpaint"', "natively"),
    (
        '[models."shed/painter".abilities]\nrestyle = { through = "edit" }\nedit = { through = "generate" }',
        "natively",
    ),
    ('[models."shed/painter".sizes]\nfixed = ["huge"]', "sizes.fixed.0"),
    ('[models."shed/painter".sizes]\nfixed = ["64x64"]\ndefault = "65x65"', "sizes.default"),
    ('[models."shed/painter".sizes]\nratios = ["wide"]', "aspect ratio"),
    ('[models."shed/painter".sizes.free]\nleast_edge = 9\nmost_edge = 8', "sizes.free"),
    ('[[models."shed/painter".prices]]\nimage = { tariffs = [{ amount = 0.04 }] }', "as text"),
    ('[[models."shed/painter".prices]]\nunit = "USD"', "exactly one"),
    ('[[models."shed/painter".prices]]\nfree = true\nunpublished = true', "exactly one"),
    ('[[models."shed/painter".prices]]\nimage = { tariffs = [{ cost = "1" }] }', "tariffs.0"),
    ('[models."shed/painter"]\nsuccessor = "shed/nobody"', "successor"),
]


@pytest.mark.parametrize(("addition", "place"), BROKEN)
def test_what_is_wrong_is_named_with_its_place(addition: str, place: str, file: Path):
    error = refusal(MINIMAL + addition, file)
    assert place in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = 3", "models"),
        ("[models.painter]", "provider/name"),
        ('[models."/painter"]', "provider/name"),
        ('[models]\n"shed/painter" = 3', "table"),
        ('[models."shed/painter"]\nlike = "shed/nobody"', "like"),
        ('[models."shed/painter"]\nlike = 3', "like"),
        ("[aliases]\nours = 3", "aliases.ours"),
        ('[aliases]\nours = "painter"', "aliases.ours"),
        ("[aliases]\nours = []", "aliases.ours"),
        ('[aliases]\nours = "shed/nobody"', "aliases.ours"),
        ("[models", "TOML"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(text: str, words: str, file: Path):
    assert words in str(refusal(text, file))


def test_a_file_that_is_not_there_or_not_text(file: Path):
    with pytest.raises(UserError, match="cannot be read"):
        load(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        load(file)


def test_a_model_can_be_like_several_and_the_last_counts(file: Path):
    table = f'[models."shed/painter"]\nlike = ["{LIVE}", "limner/heal"]\ntitle = "Both"'
    model = got(table, file, "shed/painter")
    heal = load().get("limner/heal")
    assert heal
    assert set(heal.abilities) < set(model.abilities)
    assert model.hosting is heal.hosting
