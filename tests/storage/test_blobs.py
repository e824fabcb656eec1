"""One suite for all that keeps bytes: a folder and a bucket."""

import asyncio
import contextlib
import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import S3Store

from limner.core.errors import StoreFailed, UserError
from limner.storage.access import BucketAccess
from limner.storage.blobs import Blobs, Kept
from limner.storage.bucket import BucketBlobs
from limner.storage.disk import DiskBlobs
from tests.support.buckets import Service, access, bucket


async def listed(blobs: Blobs, tenant: str | None = None) -> list[tuple[str, str]]:
    return sorted([(kept.tenant, kept.digest) async for kept in blobs.all(tenant)])


async def the_only(blobs: Blobs) -> Kept:
    (kept,) = [kept async for kept in blobs.all()]
    return kept


async def test_bytes_come_back_under_their_digest(blobs: Blobs):
    digest = await blobs.put("acme", b"a picture")
    assert digest == hashlib.sha256(b"a picture").hexdigest()
    assert await blobs.get("acme", digest) == b"a picture"


async def test_no_bytes_are_bytes_too(blobs: Blobs):
    assert await blobs.get("acme", await blobs.put("acme", b"")) == b""


async def test_many_megabytes(blobs: Blobs):
    data = os.urandom(12 * 1024 * 1024)
    assert await blobs.get("acme", await blobs.put("acme", data)) == data


@pytest.mark.row("E12")
async def test_nobody_gets_anothers_by_its_digest(blobs: Blobs):
    digest = await blobs.put("acme", b"secret")
    with pytest.raises(StoreFailed) as raised:
        await blobs.get("other", digest)
    assert raised.value.code == "blob_missing"
    await blobs.delete("other", digest)
    assert await blobs.get("acme", digest) == b"secret"


async def test_the_same_bytes_are_kept_once(blobs: Blobs):
    for _ in range(3):
        await blobs.put("acme", b"one")
    kept = await the_only(blobs)
    assert (kept.tenant, kept.size) == ("acme", 3)
    assert abs(kept.at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_the_same_bytes_at_the_same_time(blobs: Blobs):
    digests = await asyncio.gather(*(blobs.put("acme", b"one") for _ in range(16)))
    assert len(set(digests)) == 1
    assert await blobs.get("acme", digests[0]) == b"one"
    assert len(await listed(blobs)) == 1


async def test_listed_by_tenant(blobs: Blobs):
    mine = [await blobs.put("acme", bytes([byte])) for byte in range(60)]
    theirs = await blobs.put("acme-2", b"x")
    assert await listed(blobs, "acme") == sorted(("acme", digest) for digest in mine)
    assert await listed(blobs) == sorted([*(("acme", digest) for digest in mine), ("acme-2", theirs)])
    assert await listed(blobs, "nobody") == []


async def test_removed_is_removed(blobs: Blobs):
    digest = await blobs.put("acme", b"one")
    await blobs.delete("acme", digest)
    await blobs.delete("acme", digest)
    with pytest.raises(StoreFailed):
        await blobs.get("acme", digest)
    assert await listed(blobs) == []


async def test_a_sweep_takes_what_it_was_given(blobs: Blobs):
    await blobs.put("acme", b"one")
    kept = await the_only(blobs)
    assert await blobs.sweep(kept)
    assert not await blobs.sweep(kept)
    assert await listed(blobs) == []


async def test_a_sweep_leaves_what_was_stored_anew(blobs: Blobs):
    digest = await blobs.put("acme", b"one")
    kept = await the_only(blobs)
    older = Kept(kept.tenant, kept.digest, kept.at - timedelta(seconds=1), kept.size)
    assert not await blobs.sweep(older)
    assert await blobs.get("acme", digest) == b"one"


@pytest.mark.parametrize(
    ("tenant", "digest"),
    [
        ("..", "0" * 64),
        ("a/b", "0" * 64),
        (".hidden", "0" * 64),
        ("", "0" * 64),
        ("acme", "../../etc/passwd"),
        ("acme", "0" * 63),
        ("acme", "0" * 63 + "A"),
        ("acme\n", "0" * 64),
    ],
)
async def test_a_name_says_not_where_it_lies(blobs: Blobs, tenant: str, digest: str):
    with pytest.raises(ValueError, match="no name"):
        await blobs.get(tenant, digest)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(many=st.lists(st.binary(max_size=64), max_size=6))
async def test_whatever_is_stored_comes_back(blobs: Blobs, many: list[bytes]):
    digests = [await blobs.put("acme", data) for data in many]
    assert [await blobs.get("acme", digest) for digest in digests] == many


# A folder


def only_file(folder: Path) -> Path:
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    return path


async def test_damage_is_noticed(tmp_path: Path):
    blobs = DiskBlobs(tmp_path)
    digest = await blobs.put("acme", b"one")
    only_file(tmp_path).write_bytes(b"two")
    with pytest.raises(StoreFailed) as raised:
        await blobs.get("acme", digest)
    assert raised.value.code == "blob_damaged"


async def test_others_read_nothing(tmp_path: Path):
    await DiskBlobs(tmp_path / "blobs").put("acme", b"one")
    file = only_file(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in [*file.parents][:3])


async def test_a_half_written_file_is_no_bytes_and_goes_after_an_hour(tmp_path: Path):
    blobs = DiskBlobs(tmp_path)
    await blobs.put("acme", b"one")
    half = only_file(tmp_path).with_name(".new.abc")
    half.write_bytes(b"on")
    assert len(await listed(blobs)) == 1
    assert half.exists()
    hours_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(half, (hours_ago, hours_ago))
    await listed(blobs)
    assert not half.exists()


async def test_storing_beside_a_sweep_never_loses_anything(tmp_path: Path):
    """Two threads store and two sweep the same old bytes, over and over."""
    blobs = DiskBlobs(tmp_path)
    digest = await blobs.put("acme", b"one")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            blobs._sweep(Kept("acme", digest, long_ago + timedelta(days=1), 3))

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    try:
        for _ in range(300):
            with contextlib.suppress(FileNotFoundError):  # swept, which was right
                os.utime(blobs._path("acme", digest), (long_ago.timestamp(), long_ago.timestamp()))
            blobs._put("acme", b"one")
            assert blobs._get("acme", digest) == b"one"
    finally:
        over.set()
        for sweeper in sweepers:
            sweeper.join()


# A bucket


async def test_a_bucket_that_does_not_exist_is_said_plainly(service: Service):
    with pytest.raises(StoreFailed, match="bucket"):
        await BucketBlobs("s3://nowhere-at-all", access(service)).put("acme", b"one")


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "s3://UPPER/x", "s3://a_b"])
def test_an_address_without_a_bucket_is_refused(url: str):
    with pytest.raises(UserError):
        BucketBlobs(url, BucketAccess())


async def test_a_key_that_may_store_nothing_is_noticed_before_anything_is_bought(service: Service):
    blobs = BucketBlobs(f"s3://{bucket(service)}", access(service))
    service.read_only = True
    try:
        with pytest.raises(StoreFailed, match="refused the key"):
            await blobs.check_room()
    finally:
        service.calm()
    await blobs.check_room()
    assert await listed(blobs) == []


async def test_what_others_put_there_is_none_of_ours(service: Service):
    name = bucket(service)
    blobs, below = (BucketBlobs(f"s3://{name}/{prefix}", access(service)) for prefix in ("", "below"))
    others = S3Store(
        name,
        config={"endpoint": service.url, "access_key_id": "key", "secret_access_key": "secret"},
        client_options={"allow_http": True},
    )
    for path in ("README.txt", "photographs/2026/beach.jpg", "a b/00/c"):
        await obstore.put_async(others, path, b"another's")
    await below.put("acme", b"below")
    digest = await blobs.put("acme", b"ours")
    assert await listed(blobs) == [("acme", digest)]


async def test_two_prefixes_share_a_bucket_and_nothing_else(service: Service):
    name = bucket(service)
    one, two = (BucketBlobs(f"s3://{name}/{prefix}", access(service)) for prefix in ("one", "two"))
    digest = await one.put("acme", b"mine")
    assert await listed(two) == []
    with pytest.raises(StoreFailed):
        await two.get("acme", digest)
    assert await listed(BucketBlobs(f"s3://{name}", access(service))) == []
