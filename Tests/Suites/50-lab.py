#!/usr/bin/env python3
"""A fleet on real hosts: the playbooks set it up over ssh, it answers with real models, and survives what hosts do.

One gate in a container and four agent hosts, all booted by systemd (Tests/Lab). Needs root. Writes what it measured to
the file that MOE2_LAB_REPORT names.
"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Lab"))

from fleet import AGENTS, CheckFailed, Fleet, RUNTIME  # noqa: E402
from lab import LabError  # noqa: E402


# How long hosts may be up; making packages, image and roots comes before. More on a machine that has much else to do.
LIMIT_S = int(os.environ.get("MOE2_LAB_LIMIT_S", "600"))


def stop(number, _):
    """Turns a signal into an exception, so that the lab is taken down."""
    signal.alarm(0)
    reason = f"not finished after {LIMIT_S} s" if number == signal.SIGALRM else f"ended by signal {number}"
    raise Stopped(reason)


class Stopped(BaseException):
    """Why the run ends before its time."""


def main():
    if os.geteuid() != 0:
        print('lab: booting hosts needs root; SUITES="…" make test runs the other suites', file=sys.stderr)
        return 1
    for number in (signal.SIGALRM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    began = time.monotonic()
    passed, failed = [], []
    fleet = Fleet()
    try:
        with fleet:
            signal.alarm(LIMIT_S)
            for check in CHECKS:
                name = (check.__doc__ or check.__name__).strip().rstrip(".")
                start = time.monotonic()
                try:
                    check(fleet)
                    passed.append(name)
                    print(f"ok      {name} ({time.monotonic() - start:.1f} s)", flush=True)
                except (CheckFailed, LabError, subprocess.TimeoutExpired) as error:
                    failed.append(name)
                    print(f"FAILED  {name}: {error}", flush=True)
                    if check in NEEDED:
                        break
            signal.alarm(0)
            if failed:
                fleet.explain()
    except (LabError, Stopped, subprocess.CalledProcessError) as error:
        failed.append("lab")
        print(f"FAILED  lab: {error}", flush=True)
    left = fleet.left_behind()
    if left:
        failed.append("leaves nothing behind")
        print(f"FAILED  leaves nothing behind: {left}", flush=True)
    else:
        passed.append("leaves nothing behind")
    fleet.figures["the whole run"] = f"{time.monotonic() - began:.0f} s"
    fleet.report(passed, failed)
    print(f"{len(passed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def dry_run(fleet):
    """A dry run on empty hosts says what it would do and changes nothing."""
    fleet.play("site.yaml", "--check")
    for name in ("gate", *AGENTS):
        fleet.expect(not fleet.lab.ssh(name, "ls /etc/moe2 /usr/bin/moe2-agent", check=False).stdout,
                     f"the dry run left files on {name}")


def install(fleet):
    """The playbook brings a fleet up from empty hosts."""
    start = time.monotonic()
    fleet.play("site.yaml")
    fleet.figures["playbook on empty hosts"] = f"{time.monotonic() - start:.0f} s"
    fleet.wait_ready(AGENTS)
    answer = fleet.query(fleet.prompts[0])
    fleet.expect(answer["answer"], "the first answer is empty")
    fleet.figures["from empty hosts to the first answer"] = f"{time.monotonic() - start:.0f} s"


def answers(fleet):
    """Every expert answers queries, and the gate answers those that name none."""
    right = 0
    for prompt in fleet.prompts[:16]:
        report = fleet.query(prompt)
        right += report["answer"].strip() == prompt["answer"]
    for expert in fleet.experts:
        report = fleet.query(fleet.prompts[1], "--expert", expert["id"])
        fleet.expect([member["expert"] for member in report["team"]] == [expert["id"]],
                     f"{expert['id']} was asked and {report['team']} answered")
    fleet.figures["right answers of 16 demo queries (four experts of the demo's)"] = str(right)


def second_run(fleet):
    """A second run changes nothing."""
    start = time.monotonic()
    recap = fleet.play("site.yaml")
    fleet.figures["second run"] = f"{time.monotonic() - start:.0f} s"
    changed = {host: count for host, count in recap.items() if count}
    fleet.expect(not changed, f"it changed {changed}:\n{fleet.changed_tasks()}")


def memory(fleet):
    """An agent is light."""
    sizes = []
    for name in AGENTS:
        text = fleet.lab.ssh(name, "grep VmRSS /proc/$(systemctl show -p MainPID --value moe2-agent)/status").stdout
        sizes.append(int(text.split()[1]) / 1024)
    fleet.figures["agent memory, resident"] = f"{min(sizes):.1f} to {max(sizes):.1f} MB"
    fleet.expect(max(sizes) < 60, f"an agent takes {max(sizes):.0f} MB")


def sandbox(fleet):
    """The agent runs as its own user without privileges and cannot write to the system."""
    status = fleet.lab.ssh("a1", "cat /proc/$(systemctl show -p MainPID --value moe2-agent)/status").stdout
    fleet.expect(re.search(r"^NoNewPrivs:\s+1$", status, re.M), "NoNewPrivileges is not in force")
    fleet.expect(re.search(r"^CapEff:\s+0+$", status, re.M), "the agent has capabilities")
    fleet.expect(not re.search(r"^Uid:\s+0\s", status, re.M), "the agent runs as root")
    mounts = fleet.lab.ssh("a1", "cat /proc/$(systemctl show -p MainPID --value moe2-agent)/mounts").stdout
    fleet.expect(any(" / " in line and " ro," in line for line in mounts.splitlines()), "the system is writable")


def container(fleet):
    """The gate's container is healthy, read-only and without privileges."""
    fleet.lab.wait(lambda: fleet.lab.ssh(
        "gate", "docker inspect --format '{{.State.Health.Status}}' moe2-gate", check=False).stdout.strip() == "healthy",
        40, "the container to be healthy")
    facts = json.loads(fleet.lab.ssh("gate", "docker inspect moe2-gate").stdout)[0]
    fleet.expect(facts["HostConfig"]["ReadonlyRootfs"], "its root is writable")
    fleet.expect(facts["HostConfig"]["CapDrop"] == ["ALL"], "it has capabilities")
    fleet.expect(facts["Config"]["User"] == "10001:10001", "it runs as another user")


def crash(fleet):
    """systemd starts a killed agent again, no model server is left over, and the host rejoins."""
    lab = fleet.lab
    before = lab.ssh("a1", "systemctl show -p MainPID --value moe2-agent").stdout.strip()
    start = time.monotonic()
    lab.ssh("a1", f"kill -9 {before}")
    lab.wait(lambda: lab.ssh("a1", "systemctl show -p MainPID --value moe2-agent").stdout.strip() not in ("0", before),
             30, "systemd to start the agent again")
    fleet.wait_ready(AGENTS)
    fleet.figures["killed agent back in the fleet"] = f"{time.monotonic() - start:.1f} s"
    servers = lab.ssh("a1", "pgrep -c -f serve_llama.py").stdout.strip()
    fleet.expect(servers == "1", f"{servers} model servers run where there is one expert")


def reboot(fleet):
    """A host that reboots rejoins."""
    lab = fleet.lab
    boots = lab.hosts["a2"].boots
    start = time.monotonic()
    lab.ssh("a2", "systemctl reboot", check=False)
    lab.wait(lambda: lab.hosts["a2"].boots > boots, 60, "a2 to go down")
    lab.wait_for_ssh("a2")
    fleet.wait_ready(AGENTS)
    fleet.figures["rebooted host back in the fleet"] = f"{time.monotonic() - start:.1f} s"


def partition(fleet):
    """A partition costs no query, and heals."""
    fleet.lab.cut("gate", "a3")
    try:
        fleet.lab.wait(lambda: fleet.hosts().get("a3", {}).get("state") in (None, "lost"), 60, "the gate to miss a3")
        for prompt in fleet.prompts[:4]:
            fleet.query(prompt)
    finally:
        fleet.lab.heal()
    start = time.monotonic()
    fleet.wait_ready(AGENTS)
    fleet.figures["healed host back in the fleet"] = f"{time.monotonic() - start:.1f} s"


def rolling_update(fleet):
    """A rolling update installs a new version on every host and loses no query."""
    version = fleet.make_newer_agent()
    stop, answered, lost = threading.Event(), [], []

    def ask():
        number = 0
        while not stop.is_set():
            try:
                fleet.query(fleet.prompts[number % len(fleet.prompts)])
                answered.append(number)
            except CheckFailed as error:
                lost.append(str(error))
            number += 1
            stop.wait(0.1)

    client = threading.Thread(target=ask, daemon=True)
    client.start()
    start = time.monotonic()
    try:
        fleet.play("update.yaml", "-e", f"moe2_packages={fleet.newer}", "-e", f"moe2_version={version}")
    finally:
        stop.set()
        client.join(60)
    fleet.figures["rolling update of four hosts"] = f"{time.monotonic() - start:.0f} s, {len(answered)} queries"
    fleet.expect(not lost, f"{len(lost)} of {len(lost) + len(answered)} queries were lost: {lost[:3]}")
    fleet.expect(len(answered) >= 20, f"only {len(answered)} queries were asked meanwhile")
    for name in AGENTS:
        there = fleet.lab.ssh(name, "dpkg-query -W -f '${Version}' moe2-agent").stdout
        fleet.expect(there == version, f"{name} has version {there}")
    fleet.wait_ready(AGENTS)


def strangers(fleet):
    """Whoever has no certificate, or no token, or another one's certificate, gets nowhere."""
    folder = fleet.pki
    question = ["query", "hello", "--json"]
    client, agent = folder / "issued/client/operator", folder / "issued/agent/a1"
    secure, plain = (f"{scheme}://{fleet.lab.addresses['gate']}:7700" for scheme in ("tls", "tcp"))
    token = ["--token-file", folder / "operator.token"]
    pair = lambda holder: ["--cert", holder / "certificate.pem", "--key", holder / "key.pem"]  # noqa: E731
    ca = ["--ca", client / "ca.pem"]
    for who, options in {
        "a peer without TLS": ["--gate", plain, *token],
        "a peer without a certificate": ["--gate", secure, *ca, *token],
        "an agent's certificate as a client": ["--gate", secure, *ca, *pair(agent)],
        "a client without a token": ["--gate", secure, *ca, *pair(client)],
    }.items():
        done = fleet.moe2(*question, *options)
        fleet.expect(done.returncode != 0 and "answer" not in done.stdout, f"{who} got an answer: {done.stdout}")
    fleet.query(fleet.prompts[0])


def gate_restart(fleet):
    """The gate stops with exit status 0 on SIGTERM; started again, it has its agents back."""
    lab = fleet.lab
    container = lab.ssh("gate", "docker inspect --format '{{.Id}}' moe2-gate").stdout.strip()
    lab.ssh("gate", f"docker events --filter container={container} --filter event=die "
                    "--format '{{.Actor.Attributes.exitCode}}' >/run/died & sleep 1; systemctl stop moe2-gate; "
                    "kill %1", timeout=90)
    status = lab.ssh("gate", "cat /run/died").stdout.strip()
    fleet.expect(status == "0", f"it ended with '{status}'")
    start = time.monotonic()
    lab.ssh("gate", "systemctl start moe2-gate")
    fleet.wait_ready(AGENTS)
    fleet.query(fleet.prompts[0])
    fleet.figures["fleet back after a restart of the gate"] = f"{time.monotonic() - start:.1f} s"


def removal(fleet):
    """A removed host is drained, revoked and purged, and what was stolen from it opens nothing."""
    lab = fleet.lab
    lab.ssh("a4", "cp -a /etc/moe2 /root/stolen && cp /usr/bin/moe2-agent /root/stolen/ && "
                  "cp -a /var/lib/moe2-models /root/stolen/models && "
                  "sed -i 's#/etc/moe2#/root/stolen#' /root/stolen/agent.yaml")
    fleet.play("remove.yaml", "-e", "moe2_leaving=a4")
    there = lab.ssh("a4", "ls /etc/moe2/agent.yaml /usr/bin/moe2-agent /var/lib/moe2-agent /opt/moe2-model-server",
                    check=False).stdout
    fleet.expect(not there, f"left on a4: {there}")
    lab.wait(lambda: fleet.hosts().get("a4", {}).get("state") in (None, "lost", "left"), 30, "the gate to miss a4")
    lab.ssh("a4", "systemd-run --unit stolen /root/stolen/moe2-agent --config /root/stolen/agent.yaml")
    # The gate puts revocations in force within seconds; whoever came in before has to come in again.
    stranger = lambda: fleet.hosts().get("a4", {}).get("state") in (None, "lost", "left")  # noqa: E731
    deadline, refused = time.monotonic() + 30, 0
    while refused < 10 and time.monotonic() < deadline:
        refused = refused + 1 if stranger() else 0
        time.sleep(0.5)
    said = lab.ssh("a4", "journalctl -u stolen -n 5 --no-pager -o cat").stdout
    fleet.expect(refused == 10, f"a4 is in the fleet again: {said}")
    lab.ssh("a4", "systemctl stop stolen")
    fleet.wait_ready(AGENTS[:3])
    fleet.query(fleet.prompts[0])


CHECKS = [dry_run, install, answers, second_run, memory, sandbox, crash, reboot, partition, rolling_update, strangers,
          removal]
if RUNTIME == "docker":
    CHECKS[6:6] = [container, gate_restart]
NEEDED = [install]

if __name__ == "__main__":
    sys.exit(main())
