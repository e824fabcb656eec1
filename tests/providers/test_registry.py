"""The registry names every vendor's folder, and imports one only when it is asked for."""

import subprocess
import sys

import pytest

from limner.core.adapter import Adapter
from limner.core.optional import Lists, Moderates, Streams
from limner.providers import registry
from limner.providers._template.adapter import Easel
from limner.providers.azure.adapter import Azure
from limner.providers.openai.adapter import OpenAI
from tests.support.sources import PACKAGE

KEEP_THE_CONTRACT: tuple[Adapter, ...] = (Azure(), OpenAI(), Easel())
"""The type checker says so."""
STREAM: tuple[Streams, ...] = (Azure(), OpenAI())
LIST: tuple[Lists, ...] = (OpenAI(),)
MODERATE: tuple[Moderates, ...] = (OpenAI(),)


def test_every_folder_is_registered():
    folders = {path.parent.name for path in (PACKAGE / "providers").glob("*/adapter.py")}
    assert set(registry.slugs()) == {name.replace("_", "-") for name in folders if not name.startswith("_")}
    assert list(registry.slugs()) == sorted(registry.slugs())


@pytest.mark.parametrize("slug", registry.slugs())
def test_an_adapter_goes_by_its_slug(slug: str):
    adapter = registry.get(slug)
    assert adapter
    assert adapter.profile.slug == slug
    assert registry.get(slug) is adapter
    assert adapter.profile.base_url or adapter.profile.base_url_name
    assert adapter.profile.base_url.startswith(("https://", "http://")) or not adapter.profile.base_url
    assert not adapter.profile.base_url.endswith("/")


def test_nobody_goes_by_an_unknown_name():
    assert registry.get("openay") is None
    assert registry.get("_template") is None


def test_the_registry_imports_nobody():
    code = (
        "import sys, limner.providers.registry as r; "
        "print([m for m in sys.modules if m.startswith('limner.providers.') and m != r.__name__], "
        "'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"
