"""Three machines on one desk: network namespaces with an address each, and a switch between them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.processes import below
from tl_core.settings import PROJECT

NETWORK = "10.77.0"
END_SECONDS = 15


def missing() -> str:
    """Return why there can be no such machines here, or nothing."""
    if not shutil.which("ip"):
        return "needs Linux and Debian's package iproute2"
    if os.geteuid():
        return "only root can make network namespaces"
    name = f"tl{os.getpid()}-probe"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode:
        return "this machine does not let root make network namespaces"
    ip(f"netns del {name}")
    return ""


def ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)


class Hosts:
    """Hosts 1, 2, ... with the addresses 10.77.0.1, 10.77.0.2, ...; nothing of them is left after `close`."""

    def __init__(self, count: int, environment: Mapping[str, str]) -> None:
        self._name = f"tl{os.getpid()}"
        self._environment = dict(environment)
        self._running: list[subprocess.Popen[Any]] = []
        self._spaces: list[str] = []
        switch = self._space("switch")
        ip(f"-n {switch} link add bridge type bridge")
        ip(f"-n {switch} link set bridge up")
        for number in range(1, count + 1):
            space = self._space(number)
            ip(f"link add port{number} netns {switch} type veth peer name eth0 netns {space}")
            ip(f"-n {switch} link set port{number} master bridge up")
            ip(f"-n {space} address add {self.address(number)}/24 dev eth0")
            ip(f"-n {space} link set eth0 up")
            ip(f"-n {space} link set lo up")

    def _space(self, host: int | str) -> str:
        space = f"{self._name}-{host}"
        ip(f"netns add {space}")
        self._spaces.append(space)
        return space

    @staticmethod
    def address(host: int) -> str:
        return f"{NETWORK}.{host}"

    def run(
        self, host: int, line: str, folder: Path = PROJECT, **more: Any
    ) -> subprocess.Popen[Any]:
        """Start a line of shell on a host that has a name of its own, in `folder`."""
        # Python's programs are found as in an environment that somebody has activated.
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        process = subprocess.Popen(
            [
                *("ip", "netns", "exec", f"{self._name}-{host}", "unshare", "--uts", "bash", "-c"),
                f"hostname host-{host} && {line}",
            ],
            cwd=folder,
            env={**os.environ, **self._environment, "PATH": path},
            **more,
        )
        self._running.append(process)
        return process

    def output(self, host: int, line: str) -> str:
        """Return what a line of shell prints on a host."""
        process = self.run(host, line, stdout=subprocess.PIPE, text=True)
        return process.communicate(timeout=60)[0]

    @contextmanager
    def cut(self, host: int) -> Iterator[None]:
        """Pull the cable of a host, and put it back after the block."""
        switch = f"{self._name}-switch"
        ip(f"-n {switch} link set port{host} down")
        try:
            yield
        finally:
            ip(f"-n {switch} link set port{host} up")

    def end(self, process: subprocess.Popen[Any]) -> None:
        """End a line as a person would, and what is left of it by force."""
        family = below(process.pid)
        # The shell, and the program that it waits for; the program ends its own workers.
        for member in (process, *(child for child in family if child.ppid() == process.pid)):
            member.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, END_SECONDS)
        for member in alive:
            member.kill()
        process.kill()
        process.wait()

    def close(self) -> None:
        for process in self._running[::-1]:
            if process.poll() is None:
                self.end(process)
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
        for space in self._spaces[::-1]:
            ip(f"netns del {space}")
