"""Folders that appear whole or not at all: written out of sight, then switched to in one step."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import weakref
from filecmp import cmpfiles
from pathlib import Path

LATEST = "latest"
_PART = ".part"


class Draft:
    """A folder in `home` that nobody looks at yet.

    Its lock says that its writer lives. A draft that is let go is removed; that of a writer that was killed,
    by the next writer in the same home.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        remove_abandoned(home)
        self.home = home
        self.path, lock = _locked_folder(home)
        self._letting_go = weakref.finalize(self, _let_go, self.path, lock)

    def discard(self) -> None:
        """Remove the draft, if it was not published."""
        self._letting_go()

    def flush(self) -> None:
        """Have the disk hold every file, so that a folder which is there after a power cut is whole."""
        for path in [*self.path.iterdir(), self.path]:
            _flush(path)

    def publish(self, name: str) -> Path:
        """Make this draft the folder `name` of its home, have `latest` lead to it, and return its path.

        A folder of that name with the same files is left alone, with others it is replaced.
        """
        target = self.home / name
        if not _same_files(self.path, target):
            altered = self.home / f".{secrets.token_hex(8)}{_PART}"
            if target.exists():
                target.rename(altered)
            self.path.rename(target)
            _flush(self.home)
            shutil.rmtree(altered, ignore_errors=True)
        self.discard()
        _point(self.home / LATEST, name)
        return target


def remove_abandoned(home: Path) -> None:
    """Remove the drafts of writers that are no more."""
    for path in home.glob(f".*{_PART}"):
        try:
            if path.is_symlink():
                path.unlink(missing_ok=True)
                continue
            lock = _lock(path)
        except (FileNotFoundError, BlockingIOError):
            continue
        _let_go(path, lock)


def _locked_folder(home: Path) -> tuple[Path, int]:
    while True:
        path = home / f".{secrets.token_hex(8)}{_PART}"
        path.mkdir()
        try:
            lock = _lock(path)
        except (FileNotFoundError, BlockingIOError):
            continue
        if path.exists():
            return path, lock
        # Before it was locked, another writer took the folder for an abandoned one.
        os.close(lock)


def _lock(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _let_go(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)


def _point(link: Path, name: str) -> None:
    """Have `link` lead to `name`, in one step."""
    while True:
        new = link.with_name(f".{link.name}.{secrets.token_hex(8)}{_PART}")
        new.symlink_to(name)
        try:
            new.replace(link)
        except FileNotFoundError:
            # Another writer took the new link for an abandoned one.
            continue
        _flush(link.parent)
        return


def _same_files(one: Path, other: Path) -> bool:
    names = sorted(path.name for path in one.iterdir())
    if not other.is_dir() or names != sorted(path.name for path in other.iterdir()):
        return False
    return cmpfiles(one, other, names, shallow=False) == (names, [], [])


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
