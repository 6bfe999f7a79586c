"""The filled database of the last release, from which the upgrade test starts: tests/data/upgrade/VERSION.dump.

    make upgrade-dump

makes it anew: the demo of this code, as `pg_dump -Fc`. It is made once, when a version is cut, and not touched after.
Until 0.1.0 is cut the first migrations may still be written anew; the dump beside them is then stale, and the test makes
one for itself.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from mesoclinic.core.version import version
from mesoclinic.database import CHECKOUT, Cluster
from tests.mesoclinic.operations.own_server import OwnServer

FOLDER = CHECKOUT / "tests" / "data" / "upgrade"


def fingerprint_of_first_migrations() -> str:
    """Of everything that the first migrations do."""
    found = sha256()
    for path in sorted(
        path
        for folder in ("mesoclinic", "patients", "treatments")
        for pattern in ("**/migrations/0001_initial.py", "**/sql/**/*.sql")
        for path in (CHECKOUT / folder).glob(pattern)
    ):
        found.update(path.read_bytes())
    return found.hexdigest()


def is_released(release: str) -> bool:
    """Whether the changelog has a section of this version: its dump stays as it is."""
    return f"\n## {release}" in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")


def kept_release() -> str:
    """The newest version whose dump is kept."""
    return max(
        (path.stem for path in FOLDER.glob("*.dump")), key=lambda name: [int(n) for n in name.split(".")]
    )


def kept_dump_or_none() -> Path | None:
    """The kept dump; None where it was made by other first migrations than this code's."""
    release = kept_release()
    made_by = json.loads((FOLDER / f"{release}.json").read_text())["first_migrations"]
    return FOLDER / f"{release}.dump" if made_by == fingerprint_of_first_migrations() else None


def make_dump(target: Path) -> None:
    """The demo of this code, from nothing."""
    folder = Path(tempfile.mkdtemp(prefix="upgrade-", dir="/var/tmp"))
    folder.chmod(0o755)
    cluster = Cluster(data=folder / "data", for_tests=True)
    try:
        cluster.start()
        server = OwnServer(cluster=cluster)
        server.manage("migrate", "--no-input", "--verbosity", "0", timeout=900)
        server.manage("demo", timeout=900)
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [cluster.bin_dir / "pg_dump", "-Fc", "-Z9", "--no-owner", "-d", cluster.url, "-f", target],
            check=True,
        )
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def main() -> int:
    release = version()
    if is_released(release):
        print(
            f"{release} is cut: its dump stays. Raise the version in pyproject.toml first.", file=sys.stderr
        )
        return 1
    target = FOLDER / f"{release}.dump"
    make_dump(target)
    said = {"version": release, "first_migrations": fingerprint_of_first_migrations()}
    target.with_suffix(".json").write_text(json.dumps(said, indent=2) + "\n")
    print(f"{target.relative_to(CHECKOUT)}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
