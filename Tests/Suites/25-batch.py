#!/usr/bin/env python3
"""Batches on a fleet of real llama.cpp experts: gate, client and agent are killed in the middle, and the output is the same.

Real programs, real sockets. LINES is the length of the batch (2,000 by default). Says "N passed, N failed".
"""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from support.checks import Checks, need, wait_for  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
EXPERTS = ROOT / "Experts"
LINES = int(os.environ.get("LINES", "2000"))


def programs():
    """The folder of the programs: MOE2_PROGRAMS, else the debug build."""
    if "MOE2_PROGRAMS" in os.environ:
        return Path(os.environ["MOE2_PROGRAMS"])
    for product in ("moe2", "moe2-agent", "moe2-gate"):
        subprocess.run(["swift", "build", "--product", product], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run(["swift", "build", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Fleet:
    """A gate with a store and one agent per demo expert, on a port that stays the same when the gate comes back."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.processes = {}
        self.experts = json.loads((EXPERTS / "experts.json").read_text())
        self.moe2("train", "--prompts", EXPERTS / "calibration.jsonl", "--outcomes",
                  EXPERTS / "calibration-outcomes.csv", "--out", folder / "gate.moe2")
        self.write("gate.yaml", {
            "listen": {"address": "127.0.0.1", "port": self.port}, "insecure": True, "gate_file": str(folder / "gate.moe2"),
            "calibration": {"prompts": str(EXPERTS / "calibration.jsonl"),
                            "outcomes": str(EXPERTS / "calibration-outcomes.csv")},
            "store": str(folder / "gate.sqlite"), "session": {"report_interval": "1s", "timeout": "5s"},
        })
        self.start_gate()
        for expert in self.experts:
            self.write(f"{expert['id']}.yaml", {
                "gate": {"addresses": [f"ws://127.0.0.1:{self.port}/moe2"]}, "insecure": True,
                "host": {"id": f"host-{expert['id']}"},
                "power": {"meter": "model", "idle": expert["idle"], "active": expert["active"]},
                "experts": [{
                    "id": expert["id"], "backend": "llama.cpp", "model": str(EXPERTS / expert["file"]), "slots": 2, "threads": 1,
                    "command": [str(ROOT / ".venv" / "bin" / "python3"), str(EXPERTS / "serve_llama.py")],
                }],
            })
            self.start_agent(expert["id"])
        wait_for(lambda: self.ready() == len(self.experts), "every expert is ready", 90)

    def write(self, name, configuration):
        (self.folder / name).write_text(json.dumps(configuration))

    def spawn(self, name, program, *arguments):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [PROGRAMS / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start_gate(self):
        self.spawn("gate", "moe2-gate", "--config", self.folder / "gate.yaml")

    def start_agent(self, expert):
        self.spawn(expert, "moe2-agent", "--config", self.folder / f"{expert}.yaml")

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def environment(self):
        return os.environ | {"MOE2_GATE": f"ws://127.0.0.1:{self.port}/moe2"}

    def moe2(self, *arguments, check=True):
        done = subprocess.run([PROGRAMS / "moe2", *map(str, arguments)], env=self.environment(), capture_output=True,
                              text=True, timeout=300)
        need(not check or done.returncode == 0, f"moe2 {arguments[0]}: {done.stderr.strip()}")
        return done

    def ready(self):
        done = self.moe2("fleet", "--json", check=False)
        if done.returncode != 0:
            return 0
        hosts = json.loads(done.stdout)["hosts"]
        return sum(expert["state"] == "ready" for host in hosts if host["state"] == "up" for expert in host["experts"])

    def batch(self, source, target, *options):
        with open(self.folder / "client.log", "ab") as log:
            return subprocess.Popen([PROGRAMS / "moe2", "batch", str(source), str(target), *options],
                                    env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def lines_of(path):
    partial = Path(f"{path}.partial")
    text = partial.read_bytes() if partial.exists() else b""
    return text.count(b"\n")


def wait_for_lines(target, count, process):
    wait_for(lambda: lines_of(target) >= count or process.poll() is not None, f"{count} lines of {target.name}", 240)
    need(process.poll() is None, "the batch ended before it could be disturbed; raise LINES")


def finish(process, folder):
    code = process.wait(600)
    need(code == 0, f"moe2 batch ended with {code}: {(folder / 'client.log').read_text()[-2000:]}")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def main():
    checks = Checks()
    folder = Path(tempfile.mkdtemp(prefix="moe2-batch-"))
    fleet = None
    try:
        fleet = Fleet(folder)
        source = folder / "in.jsonl"
        prompts = [json.loads(line)["prompt"] for line in (EXPERTS / "calibration.jsonl").read_text().splitlines() if line]
        generator = random.Random(7)
        source.write_text("".join(
            json.dumps({"id": f"q{number}", "prompt": generator.choice(prompts), "max_tokens": 24}) + "\n"
            for number in range(LINES)))
        undisturbed = folder / "undisturbed.jsonl"

        def runs_whole():
            began = time.monotonic()
            finish(fleet.batch(source, undisturbed), folder)
            print(f"       {LINES} lines in {time.monotonic() - began:.1f} s")
            rows = read(undisturbed)
            need([row["id"] for row in rows] == [f"q{number}" for number in range(LINES)], "the order differs")
            need(all("answer" in row for row in rows), "a line failed")
            need(len({row["experts"][0] for row in rows}) >= 3, "fewer than three experts answered")

        def survives(name, disturb):
            def body():
                target = folder / f"{name}.jsonl"
                process = fleet.batch(source, target)
                wait_for_lines(target, LINES // 4, process)
                process = disturb(target, process) or process
                finish(process, folder)
                need(target.read_bytes() == undisturbed.read_bytes(), "the output differs from an undisturbed run's")
            return body

        def kill_gate(target, process):
            for share in (0.25, 0.5):
                wait_for_lines(target, int(LINES * share), process)
                fleet.kill("gate")
                fleet.start_gate()

        def kill_client(target, process):
            process.kill()
            process.wait()
            before = lines_of(target)
            again = fleet.batch(source, target)
            wait_for_lines(target, before + 1, again)
            return again

        def kill_agent(target, process):
            name = fleet.experts[0]["id"]
            fleet.kill(name)
            fleet.start_agent(name)

        def keeps_to_energy():
            limited = folder / "limited.jsonl"
            process = fleet.batch(source, limited, "--max-energy", "0.001mJ")
            code = process.wait(120)
            need(code == 3, f"a batch that no budget allows ended with {code}, not 3")
            need(not limited.exists(), "there is an output")

        checks.run("a batch is answered whole, in order, by several experts", runs_whole)
        checks.run("kill -9 of the gate, twice", survives("gate", kill_gate))
        checks.run("kill -9 of the client", survives("client", kill_client))
        checks.run("kill -9 of an agent", survives("agent", kill_agent))
        checks.run("a limit of energy that cannot be met is refused", keeps_to_energy)
        if checks.failed:
            print((folder / "gate.log").read_text()[-3000:])
    except Exception as error:
        checks.failed += 1
        print(f"FAILED to start the fleet: {error}")
        for log in folder.glob("*.log"):
            print(f"-- {log.name}\n{log.read_text()[-1500:]}")
    finally:
        if fleet:
            fleet.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return checks.finish()


if __name__ == "__main__":
    PROGRAMS = programs()
    sys.exit(main())
