"""Real hosts for tests: systemd booted by systemd-nspawn, each in a network namespace of its own, joined by switch.py.

    with Lab(["gate", "a1"], packages=["libnng1"]) as lab:
        lab.boot()
        lab.ssh("a1", "systemctl is-system-running")

The namespace `ctl` holds no host: it is where the person who runs the fleet sits. The hosts reach no other network;
`packages` and what they depend on are served to their apt from `ctl`. Needs root, and Debian or Ubuntu underneath.
"""
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "Tests" / "Lab"
CACHE = ROOT / ".lab"
TOOLS = ["mmdebstrap", "systemd-container", "openssh-client", "iproute2", "dpkg-dev"]
BASE = ["ca-certificates", "systemd", "systemd-sysv", "dbus", "udev", "openssh-server", "python3", "python3-apt", "sudo",
        "iproute2", "procps"]
NETWORK = "10.77.0."
MIRROR_PORT = 8000
REBOOT_STATUS = 133


class LabError(Exception):
    """Why the lab cannot go on, in one line."""


class Host:
    """A booted host: its files, its console and the loop that boots it again when it reboots."""

    def __init__(self, name, namespace, folder, options):
        self.name, self.namespace, self.folder, self.options = name, namespace, folder, options
        self.root = folder / "root"
        self.process = None
        self.stopping = False
        self.boots = 0

    def start(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        with open(self.folder / "console.log", "ab") as console:
            while not self.stopping:
                self.boots += 1
                # Always name the network namespace: without it the host would listen on this machine's network.
                self.process = subprocess.Popen(
                    ["unshare", "--mount", "systemd-nspawn", "--quiet", f"--directory={self.root}",
                     f"--machine={self.namespace}", "--register=no", "--keep-unit", "--console=pipe",
                     f"--network-namespace-path=/run/netns/{self.namespace}", "--kill-signal=SIGRTMIN+3",
                     *self.options, "--boot"],
                    stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
                if self.process.wait() != REBOOT_STATUS:
                    return

    def kill(self):
        """Ends it at once, as a pulled plug does."""
        self.stopping = True
        if self.process and self.process.poll() is None:
            for child in children(self.process.pid):
                quietly(os.kill, child, signal.SIGKILL)
            quietly(self.process.kill)
            self.process.wait()

    def console(self, lines=15):
        text = (self.folder / "console.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])


class Lab:
    """The hosts of one test. Leaves nothing behind: no process, namespace, mount or file but the cache in .lab/."""

    def __init__(self, names, packages=(), options=None, delay_ms=1.0):
        self.names, self.packages, self.delay_ms = list(names), list(packages), delay_ms
        self.options = options or {}
        self.tag = f"moe2lab{os.getpid()}"
        self.hosts, self.background = {}, []
        self.addresses = {name: f"{NETWORK}{number}" for number, name in enumerate(["ctl", *names], start=1)}

    def __enter__(self):
        subprocess.run([ROOT / "scripts" / "setup.sh", *TOOLS], check=True)
        self.folder = Path(tempfile.mkdtemp(prefix="moe2-lab-"))
        try:
            self.make_base()
            self.connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    # -- making

    def make_base(self):
        """The root that all hosts share, and the packages that their apt finds; kept in .lab/ for the next run."""
        CACHE.mkdir(exist_ok=True)
        with open(CACHE / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            wanted = " ".join(BASE + ["+"] + sorted(self.packages))
            stamp = CACHE / "made-of"
            if not stamp.exists() or stamp.read_text() != wanted:
                stamp.unlink(missing_ok=True)
                shutil.rmtree(CACHE / "mirror", ignore_errors=True)
                (CACHE / "mirror").mkdir()
                self.bootstrap()
                stamp.write_text(wanted)
            self.mirror = self.folder / "mirror"
            shutil.copytree(CACHE / "mirror", self.mirror)
            self.base = self.folder / "base"
            self.base.mkdir()
            subprocess.run(["tar", "-C", self.base, "-xf", CACHE / "host.tar"], check=True)
        # Hosts that live for minutes need not wait for the disk.
        (self.base / "etc/dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n")
        sources = f"deb [trusted=yes] http://{self.addresses['ctl']}:{MIRROR_PORT}/ ./\n"
        (self.base / "etc/apt/sources.list").write_text(sources)
        self.key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        keys = self.base / "root/.ssh"
        keys.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(f"{self.key}.pub", keys / "authorized_keys")
        with open(self.base / "etc/hosts", "a") as table:
            for name, address in self.addresses.items():
                table.write(f"{address} {name}\n")

    def bootstrap(self):
        fetch = []
        if self.packages:
            names = " ".join(self.packages)
            fetch = [f'--customize-hook=chroot "$1" apt-get --yes --download-only --no-install-recommends install {names}',
                     f"--customize-hook=sync-out /var/cache/apt/archives {CACHE / 'mirror'}"]
        run("mmdebstrap", "--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io", f"--include={','.join(BASE)}",
            *fetch, "bookworm", CACHE / "host.tar", package_mirror("bookworm"))
        shutil.rmtree(CACHE / "mirror" / "partial", ignore_errors=True)
        (CACHE / "mirror" / "lock").unlink(missing_ok=True)
        with open(CACHE / "mirror" / "Packages", "w") as index:
            subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=CACHE / "mirror", stdout=index,
                           stderr=subprocess.DEVNULL, check=True)

    def connect(self):
        ports = []
        for name, address in self.addresses.items():
            namespace = self.namespace(name)
            subprocess.run(["ip", "netns", "add", namespace], check=True)
            subprocess.run(["ip", "-n", namespace, "link", "set", "lo", "up"], check=True)
            ports.append(f"{namespace}={address}/24,{self.delay_ms}")
        self.control = str(self.folder / "switch")
        switch = self.spawn([sys.executable, HERE / "switch.py", self.control, *ports], stdout=subprocess.PIPE)
        if switch.stdout.readline().strip() != b"up":
            raise LabError("the switch does not start")
        self.spawn(["ip", "netns", "exec", self.namespace("ctl"), sys.executable, "-m", "http.server", "--bind",
                    self.addresses["ctl"], "--directory", self.mirror, str(MIRROR_PORT)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def boot(self, limit_s=60):
        for name in self.names:
            folder = self.folder / "hosts" / name
            for part in ("upper", "work", "root"):
                (folder / part).mkdir(parents=True)
            host = Host(name, self.namespace(name), folder, self.options.get(name, []))
            subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                            f"lowerdir={self.base},upperdir={folder / 'upper'},workdir={folder / 'work'}", host.root],
                           check=True)
            self.hosts[name] = host
            (host.root / "etc/machine-id").write_text("")
            (host.root / "etc/hostname").write_text(name + "\n")
            host.start()
        for name in self.names:
            self.wait_for_ssh(name, limit_s)
        for name in self.names:
            self.ssh(name, "apt-get update -qq")

    # -- using

    def namespace(self, name):
        return f"{self.tag}-{name}"

    def wait_for_ssh(self, name, limit_s=60):
        self.wait(lambda: self.ssh(name, "systemctl is-active ssh", check=False).returncode == 0, limit_s,
                  f"host {name} to boot; its console says:\n{self.hosts[name].console()}")

    def wait(self, ready, limit_s, what):
        """What `ready` returns once that is true; a LabError when it is not within the time."""
        deadline = time.monotonic() + limit_s
        while True:
            value = ready()
            if value:
                return value
            if time.monotonic() > deadline:
                raise LabError(f"waited {limit_s} s for {what}")
            time.sleep(0.2)

    def ctl(self, command, **options):
        """Runs a program where the operator sits."""
        options = {"capture_output": True, "text": True, "timeout": 300} | options
        return subprocess.run(["ip", "netns", "exec", self.namespace("ctl"), *map(str, command)], **options)

    def ssh_options(self):
        return ["-i", str(self.key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ConnectTimeout=3"]

    def ssh(self, name, command, check=True, timeout=60):
        done = self.ctl(["ssh", *self.ssh_options(), f"root@{self.addresses[name]}", command], timeout=timeout)
        if check and done.returncode != 0:
            raise LabError(f"{name}: `{command}` ended with {done.returncode}: {(done.stdout + done.stderr).strip()}")
        return done

    def cut(self, one, other):
        self.tell_switch(f"cut {self.namespace(one)} {self.namespace(other)}")

    def heal(self):
        self.tell_switch("heal")

    def tell_switch(self, text):
        import socket
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.sendto(text.encode(), self.control)

    def spawn(self, command, **options):
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, **options)
        self.background.append(process)
        return process

    # -- ending

    def close(self):
        # Whoever asks a second time waits: half of it taken down would stay behind.
        for number in (signal.SIGALRM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for host in self.hosts.values():
            host.kill()
        for process in self.background:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in self.addresses:
            subprocess.run(["ip", "netns", "del", self.namespace(name)], stderr=subprocess.DEVNULL)
        for host in self.hosts.values():
            subprocess.run(["umount", "-l", host.root], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


def run(*command):
    """Runs a program that starts others; when this one is stopped meanwhile, all of them end, after cleaning up."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        status = process.wait()
    except BaseException:
        quietly(os.killpg, process.pid, signal.SIGTERM)
        process.wait()
        raise
    if status != 0:
        raise LabError(f"{command[0]} ended with {status}")


def package_mirror(release):
    """The package mirror that this machine's apt uses."""
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True, text=True, check=True).stdout.splitlines()
    for line in lines:
        codename, component, uri = line.split(maxsplit=2)
        if (codename, component) == (release, "main"):
            return uri
    raise LabError(f"this machine's apt has no source for {release}")


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def quietly(action, *arguments):
    try:
        action(*arguments)
    except ProcessLookupError:
        pass
