#!/usr/bin/env python3
"""A secured fleet as its owner runs it: an authority, mutual TLS, tokens, revocation and reload, with the real programs.

Says "N passed, N failed" and exits 0 when all passed.
"""
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))
from checks import PROGRAMS, Checks, need, wait_for  # noqa: E402
from model_server import ModelServer  # noqa: E402

NOT_ALLOWED = 5
UNREACHABLE = 4


def main():
    server = ModelServer()
    with tempfile.TemporaryDirectory(prefix="moe2-trust-") as folder:
        fleet = SecureFleet(Path(folder), server.url)
        checks = Checks()
        try:
            fleet.start()
            suite = Suite(fleet)
            # In the order in which they are written: what is revoked stays revoked.
            for name in [name for name in vars(Suite) if name.startswith("test_")]:
                checks.run(name[5:].replace("_", " "), getattr(suite, name))
        finally:
            fleet.stop()
            server.stop()
    return checks.finish()


class SecureFleet:
    """An authority, a gate and two agents."""

    def __init__(self, folder, model_url):
        self.folder = folder
        self.model_url = model_url
        self.ca = folder / "ca"
        self.tokens = folder / "tokens.yaml"
        self.processes = {}

    def start(self):
        self.tool("pki", "init", "--dir", self.ca)
        self.issue("gate", "gate", "--ip", "127.0.0.1", "--dns", "localhost")
        for name in ("orin-1", "orin-2"):
            self.issue("agent", name)
        self.issue("client", "ann")
        self.token = self.make_token("ann", "query", "plan", "admin")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"tls://127.0.0.1:{self.port}"
        self.gate_file = self.write("gate.yaml", self.gate_configuration())
        self.spawn("gate", "moe2-gate", self.gate_file)
        self.start_agent("orin-1")
        self.start_agent("orin-2")
        wait_for(lambda: self.hosts() == {"orin-1": "up", "orin-2": "up"}, "both hosts are up", 60)

    def stop(self):
        for process in self.processes.values():
            process.kill()
            process.wait()

    def gate_configuration(self, **more):
        issued = self.issued("gate", "gate")
        return {"listen": {"address": "127.0.0.1", "port": self.port},
                "tls": {"certificate": f"{issued}/certificate.pem", "key": f"{issued}/key.pem", "ca": f"{issued}/ca.pem",
                        "revoked": f"{self.ca}/revoked.pem"},
                "tokens_file": str(self.tokens), "session": {"report_interval": "500ms", "timeout": "3s"}} | more

    def agent_configuration(self, name, identity=None):
        issued = self.issued("agent", identity or name)
        return {"gate": {"addresses": [self.url]}, "host": {"id": name},
                "tls": {"certificate": f"{issued}/certificate.pem", "key": f"{issued}/key.pem", "ca": f"{issued}/ca.pem"},
                "power": {"idle": "1W", "active": "2W"},
                "experts": [{"id": f"expert-{name}", "backend": "openai", "url": self.model_url, "model": "stub"}]}

    def start_agent(self, name):
        self.spawn(name, "moe2-agent", self.write(f"{name}.yaml", self.agent_configuration(name)))

    def spawn(self, name, program, configuration):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([PROGRAMS / program, "--config", configuration], stdin=subprocess.DEVNULL,
                                                    stdout=log, stderr=log)

    def issued(self, role, name):
        return self.ca / "issued" / role / name

    def issue(self, role, name, *more):
        return self.tool("pki", "issue", "--dir", self.ca, "--role", role, "--name", name, *more)

    def make_token(self, name, *scopes, more=()):
        options = [option for scope in scopes for option in ("--scope", scope)]
        return self.tool("token", "create", "--file", self.tokens, "--name", name, *options, *more).strip()

    def tool(self, *arguments):
        done = self.run(*arguments)
        need(done.returncode == 0, f"moe2 {arguments[0]}: {done.stderr}")
        return done.stdout

    def run(self, *arguments):
        return subprocess.run([PROGRAMS / "moe2", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              env={name: value for name, value in os.environ.items() if not name.startswith("MOE2_")})

    def ask_fleet(self, role="client", identity="ann", token=None):
        """`moe2 fleet` with this certificate and token."""
        issued = self.issued(role, identity)
        return self.run("fleet", "--json", "--gate", self.url, "--ca", f"{issued}/ca.pem", "--cert",
                        f"{issued}/certificate.pem", "--key", f"{issued}/key.pem", "--token", token or self.token)

    def hosts(self):
        done = self.ask_fleet()
        if done.returncode != 0:
            return None
        return {host["id"]: host["state"] for host in json.loads(done.stdout)["hosts"]}

    def write(self, name, configuration):
        path = self.folder / name
        path.write_text(json.dumps(configuration))
        return path

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def check(self, program, configuration):
        path = self.write("checked.yaml", configuration)
        return subprocess.run([PROGRAMS / program, "--config", path, "--check-config"], capture_output=True, text=True,
                              timeout=60)


class Suite:
    def __init__(self, fleet):
        self.fleet = fleet

    def refused(self, done, code, *words):
        need(done.returncode == code, f"status {done.returncode}, not {code}: {done.stderr}")
        for word in words:
            need(word in done.stderr, f"{word!r} is not in {done.stderr!r}")

    def test_a_query_is_answered(self):
        issued = self.fleet.issued("client", "ann")
        done = self.fleet.run("query", "--json", "--gate", self.fleet.url, "--ca", f"{issued}/ca.pem", "--cert",
                              f"{issued}/certificate.pem", "--key", f"{issued}/key.pem", "--token", self.fleet.token,
                              "--max-latency", "30s", "hello")
        need(done.returncode == 0, done.stderr)
        need("hello" in json.loads(done.stdout)["answer"], done.stdout)

    def test_keys_and_tokens_are_for_their_owner_only(self):
        for path in [self.fleet.tokens, *self.fleet.ca.rglob("*.key"), *self.fleet.ca.rglob("key.pem")]:
            need(stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path} has mode {path.stat().st_mode:o}")
        need(self.fleet.token not in self.fleet.tokens.read_text(), "the token file holds a token")
        need(self.fleet.token not in self.fleet.log("gate"), "the log holds a token")

    def test_a_client_needs_a_token(self):
        self.refused(self.fleet.ask_fleet(token="moe2_wrong"), NOT_ALLOWED, "nobody has this API token")

    def test_scopes_count(self):
        token = self.fleet.make_token("asker", "query")
        wait_for(lambda: "scope" in self.fleet.ask_fleet(token=token).stderr, "the new token is known, and lacks the scope")
        self.refused(self.fleet.ask_fleet(token=token), NOT_ALLOWED, "plan")

    def test_a_revoked_token_is_refused_without_a_restart(self):
        token = self.fleet.make_token("passing", "plan")
        wait_for(lambda: self.fleet.ask_fleet(token=token).returncode == 0, "the new token counts")
        self.fleet.tool("token", "revoke", "--file", self.fleet.tokens, "--name", "passing")
        wait_for(lambda: self.fleet.ask_fleet(token=token).returncode == NOT_ALLOWED, "the revoked token is refused")

    def test_a_stolen_agent_certificate_is_no_client(self):
        self.refused(self.fleet.ask_fleet(role="agent", identity="orin-2", token="guess"), NOT_ALLOWED)

    def test_a_stolen_agent_certificate_is_no_other_agent(self):
        stolen = self.fleet.agent_configuration("orin-1", identity="orin-2")
        done = self.fleet.check("moe2-agent", stolen)
        self.refused(done, 1, "is for agent 'orin-2'")

    def test_a_stolen_agent_certificate_is_no_gate(self):
        posing = self.fleet.gate_configuration()
        issued = self.fleet.issued("agent", "orin-2")
        posing["tls"] |= {"certificate": f"{issued}/certificate.pem", "key": f"{issued}/key.pem"}
        self.refused(self.fleet.check("moe2-gate", posing), 1, "no certificate of the role 'gate'")

    def test_nobody_gets_in_without_a_certificate(self):
        issued = self.fleet.issued("client", "ann")
        self.refused(self.fleet.run("fleet", "--gate", self.fleet.url, "--ca", f"{issued}/ca.pem", "--token",
                                    self.fleet.token), UNREACHABLE)
        self.refused(self.fleet.run("fleet", "--gate", self.fleet.url.replace("tls://", "tcp://"), "--token", self.fleet.token),
                     UNREACHABLE)

    def test_a_configuration_without_trust_is_refused(self):
        bare = {"listen": {"port": 0}}
        self.refused(self.fleet.check("moe2-gate", bare), 1, "tls", "insecure: true")
        without = self.fleet.gate_configuration()
        del without["tokens_file"]
        self.refused(self.fleet.check("moe2-gate", without), 1, "tokens_file")
        self.refused(self.fleet.check("moe2-gate", self.fleet.gate_configuration(lisen={})), 1, "did you mean 'listen'?")
        need(self.fleet.check("moe2-gate", self.fleet.gate_configuration()).returncode == 0, "the good one is refused")

    def test_a_renewed_certificate_comes_into_force_without_a_restart(self):
        before = self.fleet.log("gate").count("certificates and revocations reloaded")
        self.fleet.tool("pki", "renew", "--dir", self.fleet.ca, "--role", "gate", "--name", "gate")
        wait_for(lambda: self.fleet.log("gate").count("certificates and revocations reloaded") > before, "the gate reloads")
        self.fleet.tool("pki", "renew", "--dir", self.fleet.ca, "--role", "agent", "--name", "orin-2")
        wait_for(lambda: "certificate reloaded" in self.fleet.log("orin-2"), "the agent reloads")
        wait_for(lambda: self.fleet.hosts() == {"orin-1": "up", "orin-2": "up"}, "the fleet is whole", 30)

    def test_hangup_reads_the_configuration_again(self):
        gate = self.fleet.processes["gate"]
        self.fleet.write("gate.yaml", self.fleet.gate_configuration(log={"level": "debug"}))
        gate.send_signal(signal.SIGHUP)
        wait_for(lambda: "the configuration was read again" in self.fleet.log("gate"), "SIGHUP is heard")
        self.fleet.write("gate.yaml", self.fleet.gate_configuration(lisen={}))
        gate.send_signal(signal.SIGHUP)
        wait_for(lambda: "the configuration was not read again" in self.fleet.log("gate"), "a bad one is refused")
        self.fleet.processes["orin-1"].send_signal(signal.SIGHUP)
        wait_for(lambda: "the configuration was read again" in self.fleet.log("orin-1"), "the agent hears SIGHUP")
        wait_for(lambda: self.fleet.hosts() == {"orin-1": "up", "orin-2": "up"}, "the fleet is whole", 30)

    def test_a_revoked_host_is_cut_off_and_stays_out(self):
        self.fleet.tool("pki", "revoke", "--dir", self.fleet.ca, "--role", "agent", "--name", "orin-1")
        wait_for(lambda: (self.fleet.hosts() or {}).get("orin-1") != "up", "the revoked host is gone", 30)
        need((wait_for(self.fleet.hosts, "the gate answers")).get("orin-2") == "up", "the other host suffered")
        agent = self.fleet.processes["orin-1"]
        agent.terminate()
        agent.wait(30)
        self.fleet.start_agent("orin-1")
        wait_for(lambda: "no session with the gate" in self.fleet.log("orin-1"), "the agent says that it cannot join", 30)
        need(self.fleet.hosts().get("orin-1") != "up", "the revoked host is back")

    def test_insecure_is_said_aloud(self):
        path = self.fleet.write("open.yaml", {"listen": {"address": "127.0.0.1", "port": 0}, "insecure": True})
        self.fleet.spawn("open", "moe2-gate", path)
        wait_for(lambda: "insecure: true" in self.fleet.log("open"), "the gate warns")


if __name__ == "__main__":
    sys.exit(main())
