#!/usr/bin/env python3
"""An Ethernet switch in user space, one TAP device per network namespace, with delay, jitter, loss and rate per port.

usage: switch.py CONTROL NAMESPACE=ADDRESS/PREFIX[,delay_ms[,jitter_ms[,loss[,mbit]]]] …

CONTROL is the path of a datagram socket that takes `cut A B`, `heal` and `set NAMESPACE delay|jitter|loss|rate VALUE`.
Prints `up` once all ports are there. Needs root.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
FRAMES_PER_TURN = 64
QUEUE_S = 0.1
UNITS = {"delay": 1e-3, "jitter": 1e-3, "loss": 1, "rate": 125e3}


def open_tap(namespace, name):
    """A TAP device that lives in `namespace`, opened from this one."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if libc.setns(there, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    if libc.setns(home, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot come back")
    os.close(home)
    os.close(there)
    return tap


class Port:
    """One host's cable."""

    def __init__(self, argument):
        self.name, rest = argument.split("=")
        address, *figures = rest.split(",")
        values = [float(figure) for figure in figures] + [0.0] * (4 - len(figures))
        self.delay, self.jitter, self.loss, self.rate = (
            value * UNITS[key] for value, key in zip(values, ("delay", "jitter", "loss", "rate")))
        self.free_at = 0.0
        self.tap = open_tap(self.name, "eth0")
        ip = ["ip", "-n", self.name]
        subprocess.check_call(ip + ["addr", "add", address, "dev", "eth0"])
        subprocess.check_call(ip + ["link", "set", "eth0", "mtu", "9000", "txqueuelen", "10000", "up"])


class Switch:
    """Learns which port an address is behind, and holds every frame back as long as its ports say."""

    def __init__(self, control, ports):
        self.ports = {port.name: port for port in ports}
        self.by_tap = {port.tap: port for port in ports}
        self.learned, self.cuts, self.held, self.count = {}, set(), [], 0
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.control.bind(control)
        self.poll = select.epoll()
        for number in (self.control.fileno(), *self.by_tap):
            self.poll.register(number, select.EPOLLIN)

    def run(self):
        print("up", flush=True)
        while True:
            self.release(time.monotonic())
            wait = self.held[0][0] - time.monotonic() if self.held else -1
            # epoll counts in milliseconds: poll finely when a release is near.
            for number, _ in self.poll.poll(wait if wait < 0 and not self.held else max(0.0, wait - 0.001)):
                if number == self.control.fileno():
                    self.obey(self.control.recv(512).decode().split())
                else:
                    self.receive(self.by_tap[number])

    def release(self, now):
        while self.held and self.held[0][0] <= now:
            _, _, tap, frame = heapq.heappop(self.held)
            try:
                os.write(tap, frame)
            except OSError:
                pass  # a full or vanished device loses frames, as a real one does

    def receive(self, port):
        now = time.monotonic()
        for _ in range(FRAMES_PER_TURN):
            try:
                frame = os.read(port.tap, 9216)
            except BlockingIOError:
                return
            self.learned[frame[6:12]] = port
            target = self.learned.get(frame[:6])
            if target is None or frame[0] & 1:
                for other in self.ports.values():
                    if other is not port:
                        self.send(port, other, frame, now)
            elif target is not port:
                self.send(port, target, frame, now)

    def send(self, source, target, frame, now):
        if (source.name, target.name) in self.cuts:
            return
        for port in (source, target):
            if port.loss and random.random() < port.loss:
                return
        release = now + source.delay + target.delay + random.random() * (source.jitter + target.jitter)
        for port in (source, target):
            if port.rate:
                start = max(port.free_at, now)
                if start + len(frame) / port.rate - now > QUEUE_S:
                    return
                port.free_at = start + len(frame) / port.rate
                release += port.free_at - now
        self.count += 1
        heapq.heappush(self.held, (release, self.count, target.tap, frame))

    def obey(self, words):
        if words[0] == "cut":
            self.cuts |= {(words[1], words[2]), (words[2], words[1])}
        elif words[0] == "heal":
            self.cuts.clear()
        elif words[0] == "set":
            setattr(self.ports[words[1]], words[2], float(words[3]) * UNITS[words[2]])


if __name__ == "__main__":
    Switch(sys.argv[1], [Port(argument) for argument in sys.argv[2:]]).run()
