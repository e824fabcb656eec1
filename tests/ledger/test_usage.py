"""Who spent what on what, as rows, JSON and CSV."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection

from limner.core.money import Certainty, Cost, Money
from limner.core.operations import Operation
from limner.ledger.entries import Charge
from limner.ledger.sql.book import reserve, settle
from limner.ledger.sql.usage import usage
from limner.ledger.usage import By, as_csv, as_rows
from tests.ledger.samples import NOON, UNPRICED, charged, failed, spend, unknown

EVE = datetime(2026, 11, 21, 23, 59, 59, 999999, UTC)
STABLE = "stability/core"


def ran(
    db: Connection, *charges: Charge, owners: tuple[str, ...] = ("tenant:acme", "user:ada"), **more: object
):
    held = spend("1", owners=owners, **more)  # pyright: ignore[reportArgumentType]
    reserve(db, held)
    settle(db, held.run, charges)


@pytest.fixture
def spent(db: Connection) -> Connection:
    ran(db, failed(model=STABLE), charged("0.04"), at=EVE)
    ran(db, charged("0.08", images=2), unknown("0.02"), at=EVE + timedelta(microseconds=1))
    ran(db, charged(None, model=STABLE), owners=("tenant:acme", "user:bob"), operation=Operation.UPSCALE)
    reserve(db, spend("9"))  # under way: no usage yet
    return db


def test_what_nothing_bounds_is_never_taken_for_nothing(db: Connection):
    held = spend(UNPRICED)  # and no budget has a ceiling
    reserve(db, held)
    settle(db, held.run, [unknown(), charged(None)])
    (line,) = usage(db, [])
    assert (line.calls, line.usd, line.unknown_usd, line.unpriced) == (2, 0, 0, 2)


def in_units(amount: str, unit: str) -> Charge:
    sold = Cost(Certainty.EXACT, Money(Decimal(amount), unit), None, "as the vendor states it")
    return replace(charged("1"), cost=sold)


def test_vendors_own_units_stand_beside_the_dollars(db: Connection):
    ran(db, in_units("20", "anlas"), in_units("0.1", "credits"), in_units("0.2", "credits"), charged("0.04"))
    ran(db, in_units("20", "anlas"), unknown("0.02"), operation=Operation.UPSCALE)
    (line,) = usage(db, [])
    assert [str(sum_) for sum_ in line.native] == ["40 anlas", "0.30 credits"]
    (row, more) = as_rows(["operation"], usage(db, ["operation"]))
    assert (row["native"], more["native"]) == ("20 anlas + 0.30 credits", "20 anlas")


def groups(db: Connection, *by: By) -> dict[tuple[str, ...], tuple[int, str]]:
    return {line.group: (line.calls, str(line.usd)) for line in usage(db, by)}


def test_failed_unknown_and_split_calls_are_attributed(spent: Connection):
    (line,) = usage(spent, [])
    assert (line.calls, line.failed, line.images, line.unpriced) == (5, 1, 4, 1)
    assert (line.usd, line.unknown_usd) == (Decimal("0.12"), Decimal("0.02"))


def test_a_call_belongs_to_its_day_in_utc(spent: Connection):
    if spent.dialect.name == "postgresql":
        spent.exec_driver_sql("SET TIME ZONE 'Asia/Tokyo'")
    assert groups(spent, "day") == {("2026-11-21",): (3, "0.04"), ("2026-11-22",): (2, "0.08")}


def test_by_owner_model_provider_and_operation(spent: Connection):
    assert groups(spent, "owner") == {
        ("tenant:acme",): (5, "0.12"),
        ("user:ada",): (4, "0.12"),
        ("user:bob",): (1, "0"),
    }
    assert groups(spent, "model", "provider") == {
        ("openai/gpt-image-2.5-flare", "openai"): (3, "0.12"),
        ("stability/core", "stability"): (2, "0"),
    }
    assert groups(spent, "operation") == {("generate",): (4, "0.12"), ("upscale",): (1, "0")}


def test_of_one_owner_and_a_stretch_of_time(spent: Connection):
    (bob,) = usage(spent, [], owner="user:bob")
    assert bob.calls == 1
    (late,) = usage(spent, [], since=EVE + timedelta(microseconds=1))
    (early,) = usage(spent, [], until=EVE + timedelta(microseconds=1))
    assert (late.calls, early.calls) == (2, 3)
    assert usage(spent, [], since=NOON + timedelta(days=2)) == []


def test_json_and_csv_say_the_same(spent: Connection):
    by: list[By] = ["provider", "owner"]
    lines = usage(spent, by)
    rows = json.loads(json.dumps(as_rows(by, lines)))
    assert rows[0] == {
        "provider": "openai",
        "owner": "tenant:acme",
        "calls": 3,
        "failed": 0,
        "images": 3,
        "usd": "0.12",
        "unknown_usd": "0.02",
        "unpriced": 0,
        "native": "",
    }
    read = list(csv.DictReader(io.StringIO(as_csv(by, lines))))
    assert read == [{name: str(value) for name, value in row.items()} for row in rows]


def test_an_owner_is_no_formula(db: Connection):
    ran(db, charged("0.04"), owners=("=1+1",))
    assert as_csv(["owner"], usage(db, ["owner"])).splitlines()[1].startswith("'=1+1,")
