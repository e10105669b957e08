"""Starts a gate and agents on this machine and ends them again: for the demo, tests, benchmarks and experiments.

    with Fleet(programs, folder) as fleet:
        fleet.start_gate()
        fleet.start_agent("arith", {"backend": "llama.cpp", "model": …})
        fleet.wait_ready(1)
        … fleet.http, fleet.admin, fleet.wire are the addresses

or, with the demo's experts on real llama.cpp servers and a gate that was trained on them:

    with DemoFleet(programs) as fleet:
        print(fleet.ask("37+48"))

Needs nothing but the standard library.
"""
import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXPERTS = Path(os.environ.get("MOE2_EXPERTS") or ROOT / "Experts")
START_LIMIT_S = 90
STOP_LIMIT_S = 30
TOOL_LIMIT_S = 120
TRAINING_LIMIT_S = 600
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
    """A gate and its agents: children of this process. The gate keeps its ports when it is started again."""

    def __init__(self, programs, folder=None):
        self.programs = Path(programs).resolve()
        self.is_temporary = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="moe2-fleet-"))
        self.make_folder()
        self.processes = {}
        self.ports = {"listen": 0, "http": 0, "admin": 0}
        self.wire = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def make_folder(self):
        self.folder.mkdir(parents=True, exist_ok=True)

    # -- The gate and its agents

    def start_gate(self, **settings):
        """Starts the gate, on free ports the first time; `settings` are further keys of its configuration."""
        tokens = self.folder / "tokens.yaml"
        if not tokens.exists():
            self.tool("token", "create", "--file", tokens, "--name", "demo", "--value", TOKEN, "--scope", "query",
                      "--scope", "plan", "--scope", "admin")
        configuration = {door: {"address": "127.0.0.1", "port": port} for door, port in self.ports.items()} | {
            "insecure": True, "tokens_file": str(tokens), "session": {"report_interval": "500ms", "timeout": "2s"},
            "log": {"level": "info", "format": "json"},
        } | settings
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.spawn("gate", "moe2-gate", configuration, "--ready-file", str(ready))
        ports = self.wait_for(lambda: read_json(ready), "the gate")
        self.ports = {"listen": ports["port"], "http": ports["http_port"], "admin": ports["admin_port"]}
        self.wire = f"tcp://127.0.0.1:{ports['port']}"
        self.http = f"http://127.0.0.1:{ports['http_port']}"
        self.admin = f"http://127.0.0.1:{ports['admin_port']}"

    def start_agent(self, name, expert, idle="5W", active="25W", **settings):
        """Starts an agent on the host `host-NAME` with one expert called `name`."""
        self.spawn(f"agent-{name}", "moe2-agent", {
            "gate": {"addresses": [self.wire]}, "insecure": True,
            "host": {"id": f"host-{name}", "device": "this machine"},
            # One machine plays all hosts: a meter would book its power on each of them.
            "power": {"meter": "model", "idle": idle, "active": active},
            "experts": [{"id": name, "slots": 2} | expert],
            "log": {"level": "info"},
        } | settings)

    def wait_ready(self, count):
        """Waits until `count` experts are ready."""
        return self.wait_for(lambda: len(self.ready_experts()) == count, f"{count} ready experts")

    def ready_experts(self):
        return sorted(expert["id"] for host in self.snapshot()["hosts"] if host["state"] == "up" for expert in host["experts"]
                      if expert["state"] == "ready")

    def snapshot(self):
        return self.get(f"{self.admin}/api/fleet")

    def get(self, url, token=TOKEN):
        request = urllib.request.Request(url, headers={"authorization": f"Bearer {token}"} if token else {})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read())

    # -- The client

    def run(self, *arguments, check=False, gate=None, limit=TOOL_LIMIT_S):
        """Runs `moe2` to its end; its exit status, output and errors are in what is returned."""
        done = subprocess.run([self.programs / "moe2", *map(str, arguments)], capture_output=True, text=True, timeout=limit,
                              stdin=subprocess.DEVNULL, env=self.environment(gate))
        if check and done.returncode != 0:
            raise FleetError(f"`moe2 {arguments[0]}` failed with {done.returncode}: {done.stderr.strip()[-1000:]}")
        return done

    def tool(self, *arguments):
        """Runs `moe2` and returns what it prints."""
        return self.run(*arguments, check=True).stdout

    def environment(self, gate=None):
        """Where `moe2` finds the gate, and the token that it shows."""
        return os.environ | {"MOE2_GATE": gate or self.wire, "MOE2_TOKEN": TOKEN, "HOME": str(self.folder)}

    def ask(self, prompt, *options):
        """One query. An object with the report, or with the exit status and the error."""
        done = self.run("query", "--json", "--max-tokens", "24", *options, "--", prompt)
        if done.returncode == 0:
            return json.loads(done.stdout) | {"status": 0}
        return {"status": done.returncode, "error": done.stderr.strip()}

    def ask_all(self, questions, options=lambda index: (), clients=4):
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            return list(pool.map(lambda pair: self.ask(pair[1]["prompt"], *options(pair[0])), enumerate(questions)))

    # -- Processes

    def spawn(self, name, program, configuration, *arguments):
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(configuration, indent=1))  # JSON is YAML.
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [self.programs / program, "--config", str(path), *arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def kill(self, name, how=signal.SIGKILL):
        """Ends a process, as a power cut would when nothing else is said, and returns its exit status."""
        process = self.processes.pop(name)
        process.send_signal(how)
        return process.wait(STOP_LIMIT_S + 10)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_for(self, condition, what, limit=START_LIMIT_S):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            for name, process in list(self.processes.items()):
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
        """Ends the agents, so that they can say goodbye, then the gate; removes a folder that was its own."""
        for name in reversed(list(self.processes)):
            process = self.processes.pop(name)
            process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


class DemoFleet(Fleet):
    """A fleet of the demo's experts, each on an agent of its own with a llama.cpp server, and a gate that was trained on them.

    As a context it starts on entering; every part can also be started by itself.
    """

    def __init__(self, programs, folder=None, experts=None, slots=2, **settings):
        super().__init__(programs, folder)
        known = json.loads((EXPERTS / "experts.json").read_text())
        self.experts = [expert for expert in known if experts is None or expert["id"] in experts]
        self.names = [expert["id"] for expert in self.experts]
        self.slots = slots
        self.settings = settings
        self.store = self.folder / "books.sqlite"

    def __enter__(self):
        try:
            self.train()
            self.start_gate()
            for name in self.names:
                self.start_expert(name)
            self.wait_ready(len(self.names))
        except BaseException:
            self.stop()
            raise
        return self

    def train(self):
        self.run("train", "--prompts", EXPERTS / "calibration.jsonl", "--outcomes", EXPERTS / "calibration-outcomes.csv",
                 "--out", self.folder / "gate.moe2", check=True, limit=TRAINING_LIMIT_S)

    def start_gate(self, **settings):
        super().start_gate(**{
            "gate_file": str(self.folder / "gate.moe2"), "store": str(self.store),
            "calibration": {"prompts": str(EXPERTS / "calibration.jsonl"),
                            "outcomes": str(EXPERTS / "calibration-outcomes.csv")},
            "session": {"report_interval": "500ms", "timeout": "3s"},
        } | self.settings | settings)

    def start_expert(self, name):
        expert = next(expert for expert in self.experts if expert["id"] == name)
        self.start_agent(name, {"backend": "llama.cpp", "model": str(EXPERTS / expert["file"]), "slots": self.slots,
                                "threads": 1} | llama_command(), expert["idle"], expert["active"],
                         host={"id": f"host-{name}", "device": expert.get("device", "this machine")})

    def kill_expert(self, name):
        """Kills the agent of an expert as a power cut would: no goodbye to the gate."""
        self.kill(f"agent-{name}")


def questions():
    """The demo's questions, with their answers."""
    return [json.loads(line) for line in (EXPERTS / "demo.jsonl").read_text().splitlines() if line]


def is_right(report, question):
    """Whether an answer is right; a query that was not answered is not."""
    return report["status"] == 0 and report["answer"].strip() == question["answer"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_json(path):
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
