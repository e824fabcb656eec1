"""Stores of every kind."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from limner.storage.blobs import Blobs
from limner.storage.bucket import BucketBlobs
from limner.storage.database import Database
from limner.storage.disk import DiskBlobs
from limner.storage.store import open_store
from tests.support.buckets import Service, access, bucket, bucket_service
from tests.support.databases import database


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with bucket_service() as service:
        yield service


@pytest.fixture(params=["disk", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "disk":
        return DiskBlobs(tmp_path / "blobs")
    service = request.getfixturevalue("service")
    return BucketBlobs(f"s3://{bucket(service)}/some/where", access(service))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def records(url: str, tmp_path: Path) -> AsyncIterator[Database]:
    store = open_store(url, blobs=str(tmp_path / "blobs"), floor=0)
    yield store.database
    await store.aclose()
