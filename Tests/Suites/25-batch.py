#!/usr/bin/env python3
"""Batches on a fleet of real llama.cpp experts: gate, client and agent are killed in the middle, and the output is the same.

Real programs, real sockets. LINES is the length of the batch (2,000 by default). Says "N passed, N failed".
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "demo"), str(Path(__file__).resolve().parent)]
sys.dont_write_bytecode = True
from fleet import EXPERTS, DemoFleet  # noqa: E402
from support.checks import Checks, need, programs, wait_for  # noqa: E402

LINES = int(os.environ.get("LINES", "2000"))


class Fleet(DemoFleet):
    """The demo's experts, and the client's side of batches."""

    def batch(self, source, target, *options):
        with open(self.folder / "client.log", "ab") as log:
            return subprocess.Popen([self.programs / "moe2", "batch", str(source), str(target), *options],
                                    env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)


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
        fleet = Fleet(PROGRAMS, folder, session={"report_interval": "1s", "timeout": "5s"}).__enter__()
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
            fleet.kill_expert(fleet.names[0])
            fleet.start_expert(fleet.names[0])

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
