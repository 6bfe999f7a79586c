"""A small disk of one's own, that may be filled and emptied."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    def __init__(self, folder):
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self):
        """Write until nothing more goes in."""
        with open(self._filler, "ab", buffering=0) as filler:
            for size in (2**20, 4096, 1):
                try:
                    while filler.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def make_room(self):
        self._filler.unlink()


@contextmanager
def small_disk(megabytes):
    """A tmpfs; skips the test where this user or this machine may not have one."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-disk-", dir="/var/tmp"))
    if os.geteuid() != 0:
        folder.rmdir()
        pytest.skip("a small disk is a tmpfs, which only root mounts")
    options = f"size={megabytes}m,mode=755"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tests", folder], capture_output=True)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr.decode().strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()
