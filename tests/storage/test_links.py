"""A link is good until it ends, for the bytes it was made for, and cannot be made up."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.errors import Refused, UserError
from limner.core.secret import Secret
from limner.storage.links import Links, kept_key

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = "ab" * 32
LINKS = Links(Secret("k" * 32))
LINK = LINKS.sign("acme", DIGEST, NOW + HOUR)


def code_of(link: object, links: Links = LINKS, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as raised:
        links.check(link, now)  # pyright: ignore[reportArgumentType]
    return raised.value.code


def test_it_is_good_until_it_ends():
    LINKS.check(LINK, NOW)
    LINKS.check(LINK, NOW + HOUR - timedelta(seconds=1))
    assert code_of(LINK, now=NOW + HOUR) == "expired_link"


@pytest.mark.row("E12")
@pytest.mark.parametrize(
    "change",
    [
        {"tenant": "other"},
        {"digest": "cd" * 32},
        {"expires": LINK.expires + 1},
        {"signature": ""},
        {"signature": LINK.signature[:-1]},
        {"signature": LINK.signature + "="},
        {"signature": "é" * 43},
    ],
)
def test_a_changed_link_is_refused(change: dict[str, object]):
    assert code_of(dataclasses.replace(LINK, **change)) == "invalid_link"  # pyright: ignore[reportArgumentType]


@given(st.text())
def test_a_made_up_signature_is_refused(signature: str):
    if signature != LINK.signature:
        assert code_of(dataclasses.replace(LINK, signature=signature)) == "invalid_link"


def test_an_expired_link_that_was_changed_tells_nothing():
    changed = dataclasses.replace(LINK, tenant="other")
    assert code_of(changed, now=NOW + 2 * HOUR) == "invalid_link"


def test_another_key_signs_another_link():
    assert code_of(LINK, Links(Secret("x" * 32))) == "invalid_link"
    with pytest.raises(UserError):
        Links(Secret("short"))


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    path = tmp_path / "new" / "limner.key"
    found: list[Secret] = []
    threads = [threading.Thread(target=lambda: found.append(kept_key(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["limner.key"]
    Links(found[0])


def test_a_key_that_others_may_read_is_refused(tmp_path: Path):
    path = tmp_path / "limner.key"
    kept_key(path)
    path.chmod(0o644)
    with pytest.raises(UserError) as raised:
        kept_key(path)
    assert "chmod 600" in raised.value.remedy
