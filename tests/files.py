"""Where the files stand that tests read: our own, and those of other people's software."""

from pathlib import Path

#: Made up for these tests; a few of every kind.
DATA = Path(__file__).resolve().parent / "data"

#: Written by other people's software. It stands beside a checkout, not in it, and is not everywhere.
REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"
REALDATA_IS_HERE = REALDATA.is_dir()


def data_files(folder: str, pattern: str = "*") -> list[Path]:
    return sorted((DATA / folder).glob(pattern))


def realdata_files(*folders: str) -> list[Path]:
    """The files of these folders. Where there are none, the folders: a test of each is left out, and counted."""
    if not REALDATA_IS_HERE:
        return [REALDATA / folder for folder in folders]
    return sorted(path for folder in folders for path in (REALDATA / folder).iterdir())
