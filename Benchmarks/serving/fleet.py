"""A gate and one agent per demo expert, each with a real llama.cpp server, in a folder of its own.

For the serving benchmark and the serving suite. Needs nothing but the standard library.
"""
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXPERTS = ROOT / "Experts"
READY_LIMIT_S = 90
QUERY_LIMIT_S = 60
TRAINING_LIMIT_S = 300


class Fleet:
    """Use it as a context: it starts on entering and leaves nothing behind."""

    def __init__(self, programs, experts=None, categories=None, slots=2):
        self.programs = Path(programs)
        known = json.loads((EXPERTS / "experts.json").read_text())
        self.experts = [expert for expert in known if experts is None or expert["id"] in experts]
        self.categories = categories or {}
        self.slots = slots
        self.agents = {}
        self.gate = None

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="moe2-serving-"))
        self.store = self.folder / "books.sqlite"
        try:
            self.train()
            self.start_gate()
            for expert in self.experts:
                self.start_agent(expert["id"])
            self.wait_until_ready(len(self.experts))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in list(self.agents):
            self.end(self.agents.pop(name))
        if self.gate:
            self.end(self.gate)
            self.gate = None
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- processes

    def train(self):
        self.run("train", "--prompts", EXPERTS / "calibration.jsonl", "--outcomes", EXPERTS / "calibration-outcomes.csv",
                 "--out", self.folder / "gate.moe2", check=True, limit=TRAINING_LIMIT_S)

    def start_gate(self):
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.gate = self.spawn("moe2-gate", self.write("gate", {
            "listen": {"address": "127.0.0.1", "port": 0},
            "insecure": True,
            "store": str(self.store),
            "gate_file": str(self.folder / "gate.moe2"),
            "calibration": {"prompts": str(EXPERTS / "calibration.jsonl"),
                            "outcomes": str(EXPERTS / "calibration-outcomes.csv")},
            "categories": self.categories,
            "session": {"report_interval": "500ms", "timeout": "3s"},
        }), "--ready-file", str(ready))
        deadline = time.monotonic() + READY_LIMIT_S
        while not ready.exists():
            if self.gate.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the gate did not start: {(self.folder / 'moe2-gate.log').read_text()[-2000:]}")
            time.sleep(0.05)
        self.url = f"ws://127.0.0.1:{json.loads(ready.read_text())['port']}/moe2"

    def start_agent(self, name):
        expert = next(expert for expert in self.experts if expert["id"] == name)
        python = ROOT / ".venv" / "bin" / "python3"
        command = {"command": [str(python), str(EXPERTS / "serve_llama.py")]} if python.exists() else {}
        self.agents[name] = self.spawn("moe2-agent", self.write(f"agent-{name}", {
            "gate": {"addresses": [self.url]},
            "insecure": True,
            "host": {"id": f"host-{name}", "device": "this machine"},
            "power": {"meter": "model", "idle": expert["idle"], "active": expert["active"]},
            "experts": [{"id": name, "backend": "llama.cpp", "model": str(EXPERTS / expert["file"]),
                         "slots": self.slots, "threads": 1} | command],
        }), log=f"agent-{name}")

    def kill_agent(self, name):
        """Kills the agent as a power cut would: no goodbye to the gate."""
        process = self.agents.pop(name)
        process.kill()
        process.wait()

    def stop_gate(self):
        """Ends the gate as systemd does, and returns its exit status."""
        gate, self.gate = self.gate, None
        gate.terminate()
        return gate.wait(timeout=40)

    def spawn(self, program, *arguments, log=None):
        with open(self.folder / f"{log or program}.log", "ab") as output:
            return subprocess.Popen([self.programs / program, *arguments], stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=output, start_new_session=True)

    def end(self, process):
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def write(self, name, configuration):
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(configuration))  # JSON is YAML
        return f"--config={path}"

    # -- the client

    def run(self, *arguments, check=False, gate=None, limit=QUERY_LIMIT_S):
        """Runs `moe2`. Its exit status, output and errors are in what is returned."""
        environment = {**os.environ, "MOE2_GATE": gate or getattr(self, "url", ""), "HOME": str(self.folder)}
        done = subprocess.run([self.programs / "moe2", *map(str, arguments)], capture_output=True, text=True,
                              timeout=limit, env=environment, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f"moe2 {arguments[0]}: status {done.returncode}: {done.stderr[-1000:]}")
        return done

    def ask(self, prompt, *options):
        """One query. An object with the report, or with the exit status and the error."""
        done = self.run("query", "--json", "--max-tokens", "24", *options, "--", prompt)
        if done.returncode == 0:
            return json.loads(done.stdout) | {"status": 0}
        return {"status": done.returncode, "error": done.stderr.strip()}

    def ask_all(self, questions, options=lambda index: (), clients=4):
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            return list(pool.map(lambda pair: self.ask(pair[1]["prompt"], *options(pair[0])), enumerate(questions)))

    def fleet(self):
        return json.loads(self.run("fleet", "--json", check=True).stdout)

    def wait_until_ready(self, count):
        deadline = time.monotonic() + READY_LIMIT_S
        while True:
            done = self.run("fleet", "--json")
            ready = 0
            if done.returncode == 0:
                ready = sum(expert["state"] == "ready" for host in json.loads(done.stdout)["hosts"]
                            for expert in host["experts"])
            if ready >= count:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{ready} of {count} experts are ready after {READY_LIMIT_S} s: {done.stdout[-1500:]}")
            time.sleep(0.2)


def questions():
    """The demo's questions, with their answers."""
    return [json.loads(line) for line in (EXPERTS / "demo.jsonl").read_text().splitlines()]


def is_right(report, question):
    return report["status"] == 0 and report["answer"].strip() == question["answer"]
