"""The rules of tests/conftest.py hold: no network, no keys, no silent skip, rows that exist."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import known_rows, scrub
from tests.support import network
from tests.support.sources import ROOT


def test_no_socket_leaves_the_machine():
    with socket.socket() as sock, pytest.raises(network.NetworkUsed):
        sock.connect(("192.0.2.1", 80))
    with pytest.raises(network.NetworkUsed):
        socket.create_connection(("example.com", 80))
    assert network.attempts == ["192.0.2.1", "example.com"]
    network.attempts.clear()


def test_this_machine_and_names_that_never_resolve_are_reachable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    with pytest.raises(socket.gaierror):
        socket.create_connection(("nowhere.invalid", 80))


def test_keys_and_proxies_are_scrubbed():
    environment = {
        "OPENAI_API_KEY": "k",
        "REPLICATE_API_TOKEN": "t",
        "https_proxy": "p",
        "LIMNER_DATA": "d",
        "ENABLE_IMAGE_GENERATION_OPENAI": "false",
        "PATH": "/bin",
    }
    scrub(environment)
    assert environment == {"PATH": "/bin"}


def test_rows_are_read():
    assert {"A1", "E12", "F1", "P10"} <= known_rows()


async def test_async_tests_run():
    assert sys.modules["asyncio"].get_running_loop()


def run_house(
    tmp_path: Path, test: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one small test file under this project's rules."""
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *options, "--rootdir", str(tmp_path), "-c", str(ROOT / "pyproject.toml"), str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


SKIPPING = "import pytest\ndef test_one(): pytest.skip('no harp')\ndef test_two(): pass\n"


@pytest.mark.parametrize("options", [[], ["--numprocesses", "2"]], ids=["one process", "two processes"])
def test_a_skip_is_named_in_the_last_lines(tmp_path: Path, options: list[str]):
    done = run_house(tmp_path, SKIPPING, *options)
    assert done.returncode == 0
    assert "no harp" in done.stdout.splitlines()[-2]
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("options", [[], ["--numprocesses", "2"]], ids=["one process", "two processes"])
def test_in_ci_a_skip_is_a_failure(tmp_path: Path, options: list[str]):
    done = run_house(tmp_path, SKIPPING, *options, CI="true")
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout


def test_an_unknown_row_is_refused(tmp_path: Path):
    done = run_house(tmp_path, "import pytest\n@pytest.mark.row('Z99')\ndef test_one(): pass\n")
    assert done.returncode != 0
    assert "Z99" in done.stdout + done.stderr


def test_a_swallowed_attempt_to_leave_fails_the_test(tmp_path: Path):
    body = (
        "import socket\ndef test_one():\n"
        "    try: socket.create_connection(('example.com', 80))\n    except Exception: pass\n"
    )
    done = run_house(tmp_path, body)
    assert done.returncode == 1
    assert "example.com" in done.stdout
