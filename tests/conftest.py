"""The rules every test runs under: no network, no keys, no silent skip, and rows that exist."""

import os
import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support import network

ROOT = Path(__file__).resolve().parent.parent
LIVE = ROOT / "tests" / "live"
OPT_IN = {"--live": LIVE, "--diffusers": ROOT / "tests" / "painters" / "diffusers"}
"""Suites that are not collected unless they are asked for: CONTRIBUTING.md says why."""
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# Keys, switches and proxies of the person at the keyboard; no test may depend on them or spend with them.
PERSONAL = re.compile(
    r"(_API_KEY|_API_TOKEN|_TOKEN|_SECRET|_SECRET_KEY|_ACCESS_KEY_ID|_PROXY|_BASE_URL)$"
    r"|^(LIMNER|OPENAI|AZURE|AWS|LITELLM|ENABLE_IMAGE_GENERATION|CIRCUIT_BREAKER)_",
    re.IGNORECASE,
)

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("deterministic", deadline=None, max_examples=50, derandomize=True, database=None)
settings.register_profile("ci", settings.get_profile("deterministic"), max_examples=100, print_blob=True)
settings.register_profile(
    "soak", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if IN_CI else "deterministic"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="collect tests/live: real keys, real money")
    parser.addoption("--record", action="store_true", help="with --live: write scrubbed recordings")
    parser.addoption("--diffusers", action="store_true", help="collect tests/painters/diffusers: needs torch")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Skips(config), "skips")
    if not config.getoption("--live"):
        scrub(os.environ)
        network.switch_off()


def scrub(environment: MutableMapping[str, str]) -> None:
    """Remove what belongs to the person from an environment."""
    for name in [name for name in environment if PERSONAL.search(name)]:
        del environment[name]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    unasked = any(collection_path == folder and not config.getoption(flag) for flag, folder in OPT_IN.items())
    return True if unasked else None


# Rows


def known_rows() -> set[str]:
    """The ids of the rows in docs/rows.md."""
    return set(re.findall(r"^\| ([A-Z]\d+) \|", (ROOT / "docs" / "rows.md").read_text(), re.MULTILINE))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    known = known_rows()
    for item in items:
        for mark in item.iter_markers("row"):
            unknown = set(mark.args) - known
            if unknown or not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: docs/rows.md has no row {sorted(unknown)}")


# Skips: listed at the very end, and failures in CI

SKIPS = pytest.StashKey[dict[str, set[str]]]()
FAILED_SKIP = "Skipped in CI, where nothing may be: "


def fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{FAILED_SKIP}{reason_of(report)}"


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr).removeprefix(FAILED_SKIP)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report: Any = yield
    fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report: Any = yield
    fail_in_ci(report)
    return report


class Skips:
    """Notes what was skipped where the reports arrive: with several processes, in the first of them."""

    def __init__(self, config: pytest.Config) -> None:
        self.noted = config.stash.setdefault(SKIPS, {})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        skipped = report.skipped and not hasattr(report, "wasxfail")
        if skipped or str(report.longrepr).startswith(FAILED_SKIP):
            self.noted.setdefault(reason_of(report), set()).add(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skips = config.stash.get(SKIPS, {})
    if not skips:
        return
    terminalreporter.section("NOT RUN ON THIS MACHINE", sep="!", yellow=True, bold=True)
    for reason, tests in sorted(skips.items()):
        files = sorted({test.partition("::")[0] for test in tests})
        terminalreporter.write_line(f"{len(tests):>5} × {reason}  [{', '.join(files)}]")


# The rest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail a test that tried to leave the machine, even where the code under test swallowed the refusal."""
    network.attempts.clear()
    result = yield
    if network.attempts:
        pytest.fail(f"the test tried to reach {', '.join(network.attempts)}")
    return result


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, where everything else of Limner runs."""
    return "asyncio"
