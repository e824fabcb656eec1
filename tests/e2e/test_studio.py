"""What a newcomer does in the studio, in a real browser."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect
from playwright.sync_api import Request as PageRequest

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from tests.server.pictures import pixels
from tests.support.sources import ROOT

SMALL = (240, 160)
PATIENCE = 60_000
"""Milliseconds that painting may take on a busy machine."""
KEEP_THE_FORM = """() => {
    const fetch = window.fetch
    window.fetch = (to, how) => {
        if (how?.body instanceof FormData) window.form = how.body
        return fetch(to, how)
    }
}"""
READ_THE_MASK = "async () => Array.from(new Uint8Array(await window.form.get('mask').arrayBuffer()))"


def photo(folder: Path) -> Path:
    """Noise on a gradient with a bright disc: something to take out."""
    y, x = np.mgrid[0 : SMALL[1], 0 : SMALL[0]]
    ground = np.stack([60 + x // 2, 90 + y // 2, 140 + (x + y) % 9], axis=-1).astype(np.uint8)
    disc = (x - 120) ** 2 + (y - 80) ** 2 < 18**2
    ground[disc] = (250, 240, 200)
    path = folder / "photo.png"
    Image.fromarray(ground).save(path)
    return path


def choose_file(page: Page, path: Path) -> None:
    """In the editor; the start page, which may be on screen a moment longer, has a chooser of its own."""
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("group", name="Drop a photo here").locator("input[type=file]").set_input_files(path)


def open_photo(page: Page, folder: Path) -> Path:
    path = photo(folder)
    choose_file(page, path)
    expect(page.get_by_test_id("stage")).to_be_visible()
    return path


def paint_over_the_middle(page: Page) -> None:
    box = page.get_by_test_id("stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 70, y)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(x - 70 + step * 20, y + step % 2 * 10)
    page.mouse.up()
    expect(masked(page)).to_be_visible()


def masked(page: Page) -> Locator:
    """The stage, once a part of the picture is masked."""
    return page.get_by_role("application", name=re.compile(r"covers (?!0%)"))


def prompt(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt")


def downloaded(page: Page) -> bytes:
    with page.expect_download() as caught:
        page.get_by_role("complementary").get_by_role("button", name="Download").click()
    return Path(caught.value.path()).read_bytes()


def choose(page: Page, model: str) -> None:
    page.get_by_role("button", name="Choose a model").click()
    page.get_by_role("combobox").fill(model)
    page.get_by_role("option", name=re.compile(model)).first.click()


# Painting


def test_paint_a_picture_and_download_it(page: Page):
    page.get_by_role("button", name="Three pears").click()
    expect(prompt(page)).to_have_value(re.compile("Three pears"))
    page.get_by_role("button", name="Shape and size").click()
    page.get_by_label("Width").fill("300")
    page.get_by_label("Height").fill("200")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Paint · free").click()
    expect(page.get_by_role("img", name=re.compile("Three pears"))).to_be_visible(timeout=PATIENCE)
    inspector = page.get_by_role("complementary")
    expect(inspector.get_by_text("300×200").last).to_be_visible()
    expect(inspector.get_by_text("limner/sketch").first).to_be_visible()
    picture = Image.open(io.BytesIO(downloaded(page)))
    assert picture.size == (300, 200)


def test_the_price_is_on_the_button_before_anything_is_spent(page: Page, sandbox: RunningSandbox):
    choose(page, "GPT Image 2.5 Flare")
    prompt(page).fill("a kite")
    page.get_by_role("button", name="More").click()
    button = page.get_by_role("button", name=re.compile(r"^Paint · about \$0\.\d+ for 2$"))
    expect(button).to_be_enabled()
    assert sandbox.requests.count("openai") == 0
    button.click()
    expect(page.get_by_role("button", name="Picture 2 of 2: Show details")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("complementary").get_by_text(re.compile(r"^\$0\.0")).last).to_be_visible()
    assert len(sandbox.bill.charges("openai")) == 1


def test_a_price_follows_every_change(page: Page):
    choose(page, "GPT Image 2.5 Flare")
    prompt(page).fill("a kite")
    expect(page.get_by_role("button", name=re.compile(r"^Paint · about"))).to_be_enabled()
    with page.expect_request("**/api/v1/quote") as asked:
        page.get_by_role("button", name="More").click()
    assert '"n":2' in (asked.value.post_data or "")
    expect(page.get_by_role("button", name=re.compile("for 2$"))).to_be_enabled()


@pytest.mark.parametrize("model", ["Sketch", "GPT Image 2.5 Flare"])
def test_a_price_that_nobody_has_seen_is_agreed_to_only_where_it_is_nothing(page: Page, model: str):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/quote", hold)
    page.reload()
    choose(page, model)
    with page.expect_request(lambda asked: "a kite" in (asked.post_data or "")):
        prompt(page).fill("a kite")
    prompt(page).press("Control+Enter")
    held[-1].continue_()
    expect(page.get_by_role("button", name=re.compile(r"^Paint ·"))).to_be_enabled()
    painted = page.get_by_role("article")
    expect(painted).to_have_count(1 if model == "Sketch" else 0)


def test_what_failed_says_what_happened_what_was_billed_and_what_to_do(page: Page, sandbox: RunningSandbox):
    choose(page, "GPT Image 2.5 Flare")
    prompt(page).fill("forbidden-violence")
    page.get_by_role("button", name=re.compile(r"^Paint · about")).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Nothing was charged.", timeout=PATIENCE)
    assert len(alert.inner_text().strip().splitlines()) >= 3
    assert not sandbox.bill.charges("openai")


def test_previews_come_before_the_picture(page: Page, sandbox: RunningSandbox):
    sandbox.faults.plan(Fault(FaultKind.LATENCY, provider="openai", seconds=0.5))
    choose(page, "GPT Image 2.5 Flare")
    prompt(page).fill("a kite")
    page.get_by_role("button", name=re.compile(r"^Paint · about")).click()
    expect(page.get_by_role("progressbar", name="Painting")).to_be_visible()
    expect(page.get_by_role("img", name="a kite")).to_be_visible(timeout=PATIENCE)


# Editing


def test_erase_something_and_nothing_else_changes(page: Page, tmp_path: Path):
    original = pixels(open_photo(page, tmp_path).read_bytes())
    expect(page.get_by_role("button", name="Erase · free")).to_be_disabled()
    paint_over_the_middle(page)
    page.get_by_role("button", name="Erase · free").click()
    outside = page.get_by_test_id("outside")
    expect(outside).to_contain_text("0 changed of", timeout=PATIENCE)
    counted = int(re.sub(r"\D", "", outside.inner_text().partition(" of ")[2]))
    result = pixels(downloaded(page))
    assert result.shape == original.shape
    changed = (result != original).any(axis=-1)
    assert 0 < changed.sum() <= changed.size - counted
    assert changed[80, 120]  # the disc is gone
    assert not changed[:20].any()
    page.get_by_role("slider", name="Before and after").press("ArrowRight")
    page.get_by_role("button", name="Keep this step").click()
    steps = page.get_by_role("navigation", name="Steps").get_by_role("button")
    expect(steps).to_have_count(2)
    expect(steps.last).to_have_attribute("aria-current", "step")
    steps.first.click()
    expect(steps.first).to_have_attribute("aria-current", "step")


def test_a_discarded_step_leaves_the_mask_as_it_was(page: Page, tmp_path: Path):
    open_photo(page, tmp_path)
    paint_over_the_middle(page)
    page.get_by_role("button", name="Erase · free").click()
    page.get_by_role("button", name="Discard").click(timeout=PATIENCE)
    expect(masked(page)).to_be_visible()
    expect(page.get_by_role("navigation", name="Steps").get_by_role("button")).to_have_count(1)


def test_inpaint_with_a_provider(page: Page, tmp_path: Path, sandbox: RunningSandbox):
    open_photo(page, tmp_path)
    page.get_by_role("tab", name="Inpaint").click()
    expect(page.get_by_text("Heal takes no words")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^All \d+")).click()
    page.get_by_role("radio", name=re.compile(r"GPT Image 2\.5 Flare")).first.click()
    paint_over_the_middle(page)
    page.get_by_label("What should be there instead").fill("a red ball")
    page.get_by_role("button", name=re.compile(r"^Inpaint · about \$0\.")).click()
    expect(page.get_by_test_id("outside")).to_contain_text("0 changed of", timeout=PATIENCE)
    assert len(sandbox.bill.charges("openai")) == 1


def test_the_price_is_asked_for_just_what_the_mask_covers(page: Page, tmp_path: Path):
    """The region that is sent, and so the price, follows from it."""
    asked: list[list[int]] = []
    open_photo(page, tmp_path)
    page.on(
        "request", lambda one: asked.append((one.post_data_json or {})["mask_box"]) if is_quote(one) else None
    )
    erase = page.get_by_role("button", name="Erase · free")
    expect(erase).to_be_disabled()
    page.evaluate(KEEP_THE_FORM)  # the browser's driver hides forms that have files
    paint_over_the_middle(page)
    expect(erase).to_be_enabled()
    with page.expect_request("**/api/v1/run"):
        erase.click()
    mask = Image.open(io.BytesIO(bytes(page.evaluate(READ_THE_MASK)))).convert("L")
    assert mask.size == SMALL
    assert asked[-1] == list(mask.getbbox() or ())
    assert asked[-1] != [0, 0, *SMALL]


def is_quote(request: PageRequest) -> bool:
    return request.url.endswith("/api/v1/quote")


def test_take_a_painted_picture_on_to_the_editor(page: Page):
    prompt(page).fill("a lighthouse")
    prompt(page).press("Control+Enter")
    page.get_by_role("button", name="Picture: Show details").wait_for(timeout=PATIENCE)
    page.get_by_role("complementary").get_by_role("button", name="Edit").click()
    expect(page.get_by_test_id("stage")).to_be_visible()
    expect(page.get_by_role("navigation", name="Steps")).to_contain_text("Painted")


def test_a_file_that_is_no_picture_is_refused_in_words(page: Page, tmp_path: Path):
    path = tmp_path / "notes.png"
    path.write_text("hello")
    choose_file(page, path)
    expect(page.get_by_role("alert")).to_contain_text("not a picture")


# Keyboard


def test_the_whole_edit_from_the_keyboard(page: Page, tmp_path: Path):
    open_photo(page, tmp_path)
    stage = page.get_by_test_id("stage")
    stage.focus()
    page.keyboard.press("]")
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    badge = page.get_by_text(re.compile(r"^Mask \d"))
    expect(badge).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("No mask yet")).to_be_visible()
    page.keyboard.press("Control+Shift+z")
    expect(badge).to_be_visible()
    share = badge.inner_text()
    page.keyboard.press("i")
    expect(badge).not_to_have_text(share)
    page.keyboard.press("Control+z")
    expect(badge).to_have_text(share)
    button = page.get_by_role("button", name="Erase · free")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("outside")).to_contain_text("0 changed", timeout=PATIENCE)


def test_tools_by_letter_and_letters_can_be_switched_off(page: Page, tmp_path: Path):
    open_photo(page, tmp_path)
    brush, eraser = (page.get_by_role("button", name=name, exact=True) for name in ("Brush", "Eraser"))
    page.keyboard.press("x")
    expect(eraser).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("b")
    expect(brush).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    page.get_by_role("switch").click()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(brush).to_have_attribute("aria-pressed", "true")


def test_letters_are_letters_while_writing(page: Page):
    prompt(page).press_sequentially("ge? D")
    expect(prompt(page)).to_have_value("ge? D")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_model_picker_works_from_the_keyboard(page: Page):
    opener = page.get_by_role("button", name="Choose a model")
    opener.press("Enter")
    find = page.get_by_role("combobox")
    expect(find).to_be_focused()
    find.fill("flare")
    find.press("Enter")
    expect(opener).to_contain_text("Flare")
    opener.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_have_count(0)
    expect(opener).to_be_focused()


# Looks


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}], ids=["dark"])
def test_a_dark_room_stays_dark(page: Page):
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", ground)) < 40
    page.get_by_role("button", name="Switch between paper and ink").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("options", [{"locale": "sv-SE"}], ids=["swedish"])
def test_swedish(page: Page):
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    expect(page.get_by_role("button", name="Måla · gratis")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Paint · free")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Paint · free")).to_be_visible()


@pytest.mark.parametrize(
    "options",
    [{"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}],
    ids=["phone"],
)
def test_on_a_phone_nothing_is_cut_off(page: Page, tmp_path: Path):
    def overflow() -> int:
        return page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert overflow() <= 0
    page.get_by_role("button", name="Choose a model").tap()
    expect(page.get_by_role("dialog", name="Choose a model")).to_be_in_viewport()
    page.get_by_role("button", name="Close").first.tap()
    open_photo(page, tmp_path)
    assert overflow() <= 0
    paint_over_the_middle(page)
    page.get_by_role("button", name="Erase · free").tap()
    expect(page.get_by_test_id("outside")).to_contain_text("0 changed", timeout=PATIENCE)
    small = page.evaluate(
        """[...document.querySelectorAll('button, a, label.btn')].filter((each) => {
             const box = each.getBoundingClientRect();
             return box.width && box.height && Math.min(box.width, box.height) < 24;
           }).map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert not small


@pytest.mark.parametrize("options", [{"reduced_motion": "reduce"}], ids=["calm"])
def test_nothing_marches_for_those_who_want_calm(page: Page, tmp_path: Path):
    open_photo(page, tmp_path)
    paint_over_the_middle(page)
    assert page.evaluate(
        """async () => {
             const ants = document.querySelectorAll('canvas')[1];
             const before = ants.toDataURL();
             for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame);
             return before === ants.toDataURL();
           }"""
    )


# Access


AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, where the animations have ended."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (make web)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => 0)))")
    found = page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(
    "options", [{"color_scheme": theme, "reduced_motion": "reduce"} for theme in ("light", "dark")]
)
def test_axe_finds_nothing(page: Page, tmp_path: Path):
    assert violations(page) == []
    page.get_by_role("button", name="Choose a model").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Shape and size").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    prompt(page).fill("a lighthouse")
    prompt(page).press("Control+Enter")
    page.get_by_role("button", name="Picture: Show details").wait_for(timeout=PATIENCE)
    assert violations(page) == []
    open_photo(page, tmp_path)
    paint_over_the_middle(page)
    assert violations(page) == []
    page.get_by_role("button", name="Erase · free").click()
    page.get_by_role("button", name="Keep this step").wait_for(timeout=PATIENCE)
    assert violations(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
