"""Starts a gate and agents on this machine and ends them again: for tests, benchmarks and experiments.

    with Fleet(programs, folder) as fleet:
        fleet.start_gate()
        fleet.start_agent("arith", {"backend": "llama.cpp", "model": …})
        fleet.wait_ready(1)
        … fleet.http, fleet.admin, fleet.wire are the addresses
"""
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXPERTS = Path(os.environ.get("MOE2_EXPERTS") or ROOT / "Experts")
START_LIMIT_S = 60
TOKEN = "demo"


class FleetError(Exception):
    """Why the fleet does not run, in a few lines."""


def llama_command():
    """How to start a llama.cpp server: llama-server when it is installed, else the one of `make experts`."""
    if os.environ.get("MOE2_LLAMA_SERVER") == "1" and shutil.which("llama-server"):
        return {}
    python = ROOT / ".venv" / "bin" / "python3"
    if not python.exists():
        raise FleetError("no llama.cpp server; run `make experts` first")
    return {"command": [str(python), str(ROOT / "Experts" / "serve_llama.py")]}


class Fleet:
    """A gate and its agents: children of this process."""

    def __init__(self, programs, folder):
        self.programs = Path(programs).resolve()
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.processes = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start_gate(self, **settings):
        """Starts the gate on free ports; `settings` are further keys of its configuration."""
        tokens = self.folder / "tokens.yaml"
        if not tokens.exists():
            self.tool("token", "create", "--file", tokens, "--name", "demo", "--value", TOKEN, "--scope", "query",
                      "--scope", "plan", "--scope", "admin")
        configuration = {
            "listen": {"address": "127.0.0.1", "port": 0}, "http": {"address": "127.0.0.1", "port": 0},
            "admin": {"address": "127.0.0.1", "port": 0}, "insecure": True, "tokens_file": str(tokens),
            "session": {"report_interval": "500ms", "timeout": "2s"}, "log": {"level": "info", "format": "json"},
        } | settings
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.spawn("gate", "moe2-gate", configuration, "--ready-file", str(ready))
        ports = self.wait_for(lambda: read_json(ready), "the gate")
        self.wire = f"ws://127.0.0.1:{ports['port']}/moe2"
        self.http = f"http://127.0.0.1:{ports['http_port']}"
        self.admin = f"http://127.0.0.1:{ports['admin_port']}"

    def start_agent(self, name, expert, idle="5W", active="25W", **settings):
        """Starts an agent on the host `host-NAME` with one expert called `name`."""
        self.spawn(f"agent-{name}", "moe2-agent", {
            "gate": {"addresses": [self.wire]}, "insecure": True,
            "host": {"id": f"host-{name}", "device": "this machine"},
            "power": {"meter": "model", "idle": idle, "active": active},
            "experts": [{"id": name, "slots": 2} | expert],
            "log": {"level": "info"},
        } | settings)

    def wait_ready(self, count):
        """Waits until `count` experts are ready."""
        return self.wait_for(lambda: len(self.ready_experts()) == count, f"{count} ready experts")

    def ready_experts(self):
        return sorted(expert["id"] for host in self.snapshot()["hosts"] for expert in host["experts"]
                      if expert["state"] == "ready")

    def snapshot(self):
        return self.get(f"{self.admin}/api/fleet")

    def get(self, url, token=TOKEN):
        request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"} if token else {})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read())

    def tool(self, *arguments):
        """Runs `moe2` and returns what it prints."""
        done = subprocess.run([self.programs / "moe2", *map(str, arguments)], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise FleetError(f"`moe2 {arguments[0]}` failed: {done.stderr.strip()}")
        return done.stdout

    def spawn(self, name, program, configuration, *arguments):
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(configuration, indent=1))  # JSON is YAML.
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [self.programs / program, "--config", str(path), *arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def kill(self, name, how=signal.SIGKILL):
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_for(self, condition, what, limit=START_LIMIT_S):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    tail = "\n".join(self.log(name).splitlines()[-8:])
                    raise FleetError(f"{name} ended with status {process.returncode}:\n{tail}")
            try:
                value = condition()
            except (urllib.error.URLError, ConnectionError):
                value = None
            if value:
                return value
            time.sleep(0.05)
        raise FleetError(f"waited {limit} s in vain for {what}; the logs are in {self.folder}")

    def stop(self):
        """Ends the agents, so that they can say goodbye, then the gate."""
        for name in reversed(list(self.processes)):
            process = self.processes.pop(name)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def read_json(path):
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
