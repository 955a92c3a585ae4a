"""Processes that never outlive the one that started them, and their folder neither."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(by: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `by` to the new process when the thread that started it ends."""

    def ask() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(by))

    return ask


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that none of them is lost from sight."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def kill_descendants() -> None:
    """End whatever this process still has as children, and what these leave behind in turn."""
    while children := _children(os.getpid()):
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The command's name stands in brackets and may hold anything; state and parent follow it.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


@contextlib.contextmanager
def private_folder(owner: str | None = None) -> Iterator[Path]:
    """A temporary folder that goes away even if this process is killed.

    A small process in a session of its own waits for the end of this one (the end of its input) and
    then removes the folder; nobody has to be alive to ask for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="tracker-"))
    if owner:
        shutil.chown(folder, owner)
    script = 'cat; for i in 1 2 3 4 5 6 7 8 9; do rm -rf "$1" 2>/dev/null && exit; sleep 0.3; done'
    # Not a child that waits to be reaped, and deaf to Ctrl-C: hence the session of its own.
    remover = subprocess.Popen(
        ["/bin/sh", "-c", script, "remover", folder], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield folder
    finally:
        remover.communicate()


@contextlib.contextmanager
def server(
    command: Sequence[str | Path],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    stop: signal.Signals,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path = Path("/"),
    seconds: float = 60,
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` running in the background until the block ends; entered once it is ready."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            env=environment,
            cwd=folder,
            preexec_fn=die_with_parent(stop),
        )
    try:
        wait_until(is_ready, process, log, seconds)
        yield process
    finally:
        end(process, stop)


def wait_until(
    is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "has not come up" if process.returncode is None else f"ended with {process.returncode}"
            raise RuntimeError(f"{process.args!r} {state}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes], by: signal.Signals, *, seconds: float = 15) -> None:
    """Ask with `by`, wait, and insist with SIGKILL."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
