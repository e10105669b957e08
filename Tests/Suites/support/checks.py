"""Counts checks, and says at the end how many passed."""
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / ".build" / "debug"


def programs():
    """The folder of moe2, moe2-agent and moe2-gate: MOE2_PROGRAMS, else that of the debug build, which is made."""
    if "MOE2_PROGRAMS" in os.environ:
        return Path(os.environ["MOE2_PROGRAMS"])
    for product in ("moe2", "moe2-agent", "moe2-gate"):
        subprocess.run(["swift", "build", "--product", product], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run(["swift", "build", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip())


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def run(self, name, body):
        try:
            body()
        except Exception as error:  # A check may fail in any way; the others go on.
            self.failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {error}")
            traceback.print_exc(limit=-3, file=sys.stdout)
        else:
            self.passed += 1
            print(f"ok     {name}")
        sys.stdout.flush()

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def in_environment(name, *packages):
    """Goes on in the Python environment `name` of the project, which has `packages`; makes it when it is not there."""
    folder = ROOT / name
    python = folder / "bin" / "python3"
    if Path(sys.executable) == python:
        return
    stamp = folder / ".packages"
    if not stamp.exists() or stamp.read_text() != " ".join(packages):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        for attempt in range(3):
            done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
            if done.returncode == 0:
                break
            time.sleep(3 * (attempt + 1))
        else:
            sys.exit(f"could not install {' '.join(packages)} with pip; see the messages above")
        stamp.write_text(" ".join(packages))
    os.execv(python, [python, *sys.argv])


def install(*packages):
    """Installs Debian packages unless they are there."""
    subprocess.run([ROOT / "scripts" / "setup.sh", *packages], check=True)


def need(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_for(condition, what, limit=20):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {limit} s in vain: {what}")
