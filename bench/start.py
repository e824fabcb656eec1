"""How long it takes to begin: `import limner`, and `limner --version`; medians of 20 fresh processes.

python bench/start.py
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 20
PYTHON = sys.executable
LIMNER = str(Path(PYTHON).with_name("limner"))
IMPORT = "import time; s = time.perf_counter(); import limner; print(time.perf_counter() - s)"

BUDGETS = {"import limner": 100, "limner --version": 250}
"""In milliseconds."""


def importing() -> float:
    """Seconds that `import limner` takes inside a running interpreter."""
    return float(subprocess.run([PYTHON, "-c", IMPORT], capture_output=True, check=True, text=True).stdout)


def version() -> float:
    """Seconds from starting `limner --version` to its end."""
    start = time.perf_counter()
    subprocess.run([LIMNER, "--version"], capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> int:
    """Print both figures, and fail when one is over its budget."""
    measured = {
        "import limner": [importing() for _ in range(ROUNDS)],
        "limner --version": [version() for _ in range(ROUNDS)],
    }
    over = False
    for name, seconds in measured.items():
        median = statistics.median(seconds) * 1000
        over |= median > BUDGETS[name]
        print(f"{name:<18} {median:6.1f} ms  (fastest {min(seconds) * 1000:.1f}, budget {BUDGETS[name]})")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
