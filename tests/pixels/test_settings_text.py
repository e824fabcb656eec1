"""How a picture was made, as the programs that made it write it down."""

import json
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from limner.core.pictures import Format, Size
from limner.pixels.clean import strip
from limner.pixels.exif import USER_COMMENT, read, with_comment
from limner.pixels.probe import probe
from limner.pixels.raster import decode, encode
from limner.pixels.settings_text import Settings, parse, read_settings, unparse, write_settings
from tests.pixels.clean_files import FILES
from tests.pixels.samples import noise, saved

A1111 = (
    "a photograph of a cat,\nby the window, (soft light:1.2)\n"
    "Negative prompt: dogs, blurry\n"
    "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 1234567890, Size: 512x768, "
    "Model hash: 6ce0161689, Model: v1-5-pruned, Denoising strength: 0.4, "
    'Lora hashes: "a: 1, b: 2", Version: v1.9.4'
)
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 42, "steps": 25, "cfg": 6.5, "sampler_name": "euler", "denoise": 1.0,
            "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 640, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "watermark", "clip": ["4", 1]}},
    "10": {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "lora_name": "x"}},
    "11": {"class_type": "String", "inputs": {"value": "a lighthouse at dawn"}},
}  # fmt: skip


def png_of(**texts: str) -> bytes:
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    return saved(Image.new("RGB", (4, 4)), "PNG", pnginfo=info)


def test_a1111():
    for data in (
        png_of(parameters=A1111),
        saved(Image.new("RGB", (4, 4)), "JPEG", exif=b"Exif\x00\x00" + with_comment(A1111)),
        saved(Image.new("RGB", (4, 4)), "WEBP", exif=with_comment(A1111)),
        saved(Image.new("RGB", (4, 4)), "AVIF", exif=with_comment(A1111)),
    ):
        settings = read_settings(data)
        assert settings == Settings(
            maker="a1111",
            prompt="a photograph of a cat,\nby the window, (soft light:1.2)",
            negative_prompt="dogs, blurry",
            seed=1234567890,
            steps=20,
            guidance=7.5,
            strength=0.4,
            size=Size(512, 768),
            model="v1-5-pruned",
            sampler="DPM++ 2M Karras",
            extra={"Model hash": "6ce0161689", "Lora hashes": "a: 1, b: 2", "Version": "v1.9.4"},
        )


def test_comfyui():
    workflow = json.dumps({"nodes": []})
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(COMFY)
    exif[0x010F] = "workflow:" + workflow
    for data in (
        png_of(prompt=json.dumps(COMFY), workflow=workflow),
        saved(Image.new("RGB", (4, 4)), "WEBP", exif=exif),
    ):
        assert read_settings(data) == Settings(
            maker="comfyui",
            prompt="a lighthouse at dawn",
            negative_prompt="watermark",
            seed=42,
            steps=25,
            guidance=6.5,
            strength=1.0,
            size=Size(1024, 640),
            model="sd_xl_base_1.0.safetensors",
            sampler="euler",
        )


@pytest.mark.row("A1")
def test_novelai():
    comment = {"prompt": "1girl", "uc": "lowres", "seed": 5, "steps": 28, "scale": 5.0, "width": 832,
               "height": 1216, "sampler": "k_euler_ancestral", "strength": 0.7, "noise": 0.1,
               "hash": None}  # fmt: skip
    data = png_of(
        Software="NovelAI", Source="NovelAI Diffusion V4.5", Description="1girl", Comment=json.dumps(comment)
    )
    assert read_settings(data) == Settings(
        maker="novelai",
        prompt="1girl",
        negative_prompt="lowres",
        seed=5,
        steps=28,
        guidance=5.0,
        strength=0.7,
        size=Size(832, 1216),
        model="NovelAI Diffusion V4.5",
        sampler="k_euler_ancestral",
        extra={"noise": "0.1"},
    )


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(str.strip)
lines = words.filter(lambda text: bool(text) and not text.startswith("Negative prompt:"))
made = st.builds(
    Settings,
    maker=st.just("limner"),
    prompt=st.lists(lines, min_size=1, max_size=3).map("\n".join),
    negative_prompt=st.none() | lines,
    seed=st.none() | st.integers(0, 2**53),
    steps=st.none() | st.integers(1, 1000),
    guidance=st.none() | st.floats(0, 100),
    strength=st.none() | st.floats(0, 1),
    size=st.none() | st.builds(Size, st.integers(1, 9999), st.integers(1, 9999)),
    model=st.none() | lines,
    sampler=st.none() | lines,
    extra=st.builds(lambda text: {"Limner": "0.1", "Operation": text}, lines),
)


@given(made)
def test_what_limner_writes_it_reads(settings):
    assert parse(unparse(settings)) == settings


@given(made, st.sampled_from([Format.PNG, Format.JPEG, Format.WEBP]), st.booleans(), st.booleans())
def test_settings_are_added_without_touching_a_pixel(settings, wanted, lossy, opaque):
    pixels = noise(Size(9, 7), 3)
    if opaque:
        pixels[..., 3] = 255
    data = encode(pixels, wanted, quality=80 if lossy else None)
    written, notes = write_settings(data, settings)
    assert notes == ()
    assert read_settings(written) == settings
    assert (decode(written).pixels == decode(data).pixels).all()
    assert probe(written).has_metadata
    with Image.open(BytesIO(written)) as seen:
        assert (np.asarray(seen.convert("RGBA")) == decode(data).pixels).all()
        if wanted is Format.PNG:
            assert seen.info["parameters"] == unparse(settings)
        else:
            assert read(seen.info["exif"], USER_COMMENT)[USER_COMMENT].text == unparse(settings)
    clean, _ = strip(written)
    assert read_settings(clean) is None


def test_where_there_is_no_room_it_is_said():
    for wanted in (Format.AVIF, Format.GIF):
        data = encode(noise(Size(8, 8), 1, 3), wanted)
        written, notes = write_settings(data, Settings("limner", "a cat"))
        assert written == data
        assert "no room" in notes[0].text
    data = encode(noise(Size(8, 8), 1, 3), Format.JPEG)
    assert write_settings(data, Settings("limner", "a" * 70_000))[1]


@pytest.mark.parametrize("name", FILES)
def test_other_texts_are_no_settings(name):
    assert read_settings(FILES[name]()) is None


@pytest.mark.parametrize(
    "texts",
    [
        {"prompt": "[" * 100_000},
        {
            "prompt": json.dumps(
                {"1": {"inputs": {"seed": 1, "latent_image": ["1", 0], "positive": ["1", 0]}}}
            )
        },
        {
            "prompt": json.dumps(
                {"1": 5, "2": {"inputs": []}, "3": {"inputs": {"seed": [[]], "latent": None}}}
            )
        },
        {"prompt": "NaN"},
        {"parameters": "Steps: " + "a:" * 50_000},
        {"parameters": "\n" * 100_000},
        {"parameters": "Steps: 1e400, Seed: NaN, Size: 0x0, CFG scale: inf"},
        {"Software": "NovelAI", "Comment": '{"seed": [], "steps": {}, "width": -1, "prompt": 7}'},
    ],
)
def test_bent_texts_are_read_as_far_as_they_go(texts):
    settings = read_settings(png_of(**texts))
    assert settings is None or settings.seed in {None, 1}


def test_the_order_of_wide_characters_is_found_out():
    for encoding in ("utf-16-be", "utf-16-le"):
        body = b"UNICODE\x00" + A1111.encode(encoding)
        block = with_comment("")
        length = len(body).to_bytes(4, "big")
        block = block[:32] + length + block[36:44] + body
        assert read(block, USER_COMMENT)[USER_COMMENT].text == A1111
