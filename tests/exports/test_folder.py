"""Folders appear whole or not at all, whatever becomes of their writer."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.exports import folder
from tracker.exports.folder import Draft

WRITER = """
import sys, time
from pathlib import Path
from tracker.exports.folder import Draft
draft = Draft(Path(sys.argv[1]))
(draft.path / "figures.csv").write_text("half of")
print(draft.path, flush=True)
time.sleep(60)
"""


def draft(home: Path, text: str = "all of it") -> Draft:
    made = Draft(home)
    (made.path / "figures.csv").write_text(text)
    return made


def seen(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_a_draft_is_hidden_until_it_is_published(tmp_path: Path) -> None:
    made = draft(tmp_path)
    assert all(name.startswith(".") for name in seen(tmp_path))
    assert made.publish("one") == tmp_path / "one"
    assert seen(tmp_path) == ["latest", "one"]
    assert (tmp_path / "latest" / "figures.csv").read_text() == "all of it"


def test_latest_leads_to_what_was_published_last(tmp_path: Path) -> None:
    draft(tmp_path, "first").publish("one")
    draft(tmp_path, "second").publish("two")
    assert (tmp_path / "latest").readlink() == Path("two")
    draft(tmp_path, "first").publish("one")
    assert (tmp_path / "latest").readlink() == Path("one")
    assert seen(tmp_path) == ["latest", "one", "two"]


def test_a_folder_with_the_same_files_is_left_alone(tmp_path: Path) -> None:
    before = draft(tmp_path).publish("one").stat()
    after = draft(tmp_path).publish("one").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_folder_that_somebody_altered_is_put_right(tmp_path: Path) -> None:
    published = draft(tmp_path).publish("one")
    (published / "figures.csv").write_text("all of me")
    (published / "notes.txt").write_text("mine")
    assert (draft(tmp_path).publish("one") / "figures.csv").read_text() == "all of it"
    assert seen(published) == ["figures.csv"]
    assert seen(tmp_path) == ["latest", "one"]


def test_a_draft_that_is_let_go_leaves_nothing(tmp_path: Path) -> None:
    made = draft(tmp_path)
    made.discard()
    assert seen(tmp_path) == []
    made = draft(tmp_path)
    del made
    gc.collect()
    assert seen(tmp_path) == []


def test_a_killed_writer_leaves_nothing_to_see_and_the_next_one_clears_up(tmp_path: Path) -> None:
    draft(tmp_path).publish("one")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    half = Path(writer.stdout.readline().strip())
    # While its writer lives, a draft is its own.
    draft(tmp_path, "two").publish("two")
    assert half.exists()
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert half.name.startswith(".") and seen(half) == ["figures.csv"]
    draft(tmp_path, "three").publish("three")
    assert seen(tmp_path) == ["latest", "one", "three", "two"]


def test_two_writers_do_not_disturb_each_other(tmp_path: Path) -> None:
    first, second = draft(tmp_path, "first"), draft(tmp_path, "second")
    assert (second.publish("two") / "figures.csv").read_text() == "second"
    assert (first.publish("one") / "figures.csv").read_text() == "first"


def test_a_draft_that_was_taken_for_an_abandoned_one_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = folder._lock
    taken: list[Path] = []

    def lock_too_late(path: Path) -> int:
        descriptor = lock(path)
        if not taken:
            path.rmdir()
            taken.append(path)
        return descriptor

    monkeypatch.setattr(folder, "_lock", lock_too_late)
    assert draft(tmp_path).path != taken[0]


def test_a_link_that_was_taken_for_an_abandoned_one_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace
    tries: list[Path] = []

    def replace_too_late(self: Path, target: Path) -> Path:
        tries.append(self)
        if len(tries) == 1:
            folder.remove_abandoned(tmp_path)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_too_late)
    draft(tmp_path).publish("one")
    assert len(tries) == 2
    assert seen(tmp_path) == ["latest", "one"]
