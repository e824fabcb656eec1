"""`.env.example` has every setting, and nothing else."""

import re
import subprocess
import sys

import pytest

from limner.core.painter import Hires
from limner.painters import registry as painters
from limner.providers import registry
from limner.settings import Settings
from tests.support.sources import ROOT

pytestmark = pytest.mark.row("C9")


def test_every_setting_is_there_and_nothing_else():
    told = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    wanted = {Settings.variable(name) for name in Settings.model_fields if name != "environ"}
    profiles = [adapter.profile for adapter in registry.load_all().values()]
    hired = [painter for slug in painters.slugs() if isinstance(painter := painters.get(slug), Hires)]
    profiles += [painter.profile for painter in hired]
    for profile in profiles:
        slug = profile.slug
        wanted |= {*profile.key_names, Settings.flag(slug)}
        wanted |= {profile.base_url_name} if profile.base_url_name else set()
    assert told == wanted


def test_every_setting_is_described():
    text = (ROOT / ".env.example").read_text()
    settings = text.partition("# --- Providers")[0]
    for found in re.finditer(r"^(.*)\n# [A-Z_]+=", settings, re.MULTILINE):
        assert re.match(r"# \w", found[1]), found[0]


def test_it_is_current():
    tool = ROOT / "tools" / "generate_env_example.py"
    subprocess.run([sys.executable, tool, "--check"], check=True, cwd=ROOT)
