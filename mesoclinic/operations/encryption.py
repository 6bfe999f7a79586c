"""Sealing and opening the parts of a backup while they are written and read: by age (pyrage) or by gpg."""

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyrage


class SealError(Exception):
    """A part could not be sealed or opened; the message says why."""


@dataclass(frozen=True)
class Sealing:
    """By whose key a backup is sealed. Without any it is readable by whoever finds it."""

    age_recipients: tuple[str, ...] = ()
    gpg_recipients: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """What the file's name ends with."""
        return ".age" if self.age_recipients else ".gpg" if self.gpg_recipients else ""

    def copy_sealed(self, source: IO[bytes], to: IO[bytes]) -> None:
        """Everything of ``source``, sealed, into ``to``."""
        if self.age_recipients:
            try:
                recipients = [pyrage.x25519.Recipient.from_str(name) for name in self.age_recipients]
                pyrage.encrypt_io(source, to, recipients)
            except (pyrage.RecipientError, pyrage.EncryptError) as error:
                raise SealError(f"age cannot seal for these recipients: {error}") from error
        elif self.gpg_recipients:
            names = [part for name in self.gpg_recipients for part in ("--recipient", name)]
            _copy_through_gpg(["--trust-model", "always", "--encrypt", *names], source, to)
        else:
            shutil.copyfileobj(source, to, 1024 * 1024)

    def check_keys(self) -> None:
        """Raises :class:`SealError` where one of age's keys is none."""
        for name in self.age_recipients:
            try:
                pyrage.x25519.Recipient.from_str(name)
            except pyrage.RecipientError as error:
                raise SealError(f"{name} is no key of age.") from error


@contextlib.contextmanager
def sealed_file(path: Path, sealing: Sealing) -> Iterator[IO[bytes]]:
    """A file to write into; what is written lies sealed at ``path``, and never lay there otherwise."""
    reading, writing = os.pipe()
    raised: list[BaseException] = []

    def seal() -> None:
        try:
            with os.fdopen(reading, "rb") as source, path.open("wb") as to:
                sealing.copy_sealed(source, to)
        except BaseException as error:  # handed to whoever writes
            raised.append(error)

    thread = threading.Thread(target=seal, daemon=True)
    thread.start()
    try:
        with os.fdopen(writing, "wb") as out:
            yield out
    except BrokenPipeError as error:
        # Nobody reads any more: why stands in what was raised there.
        raised.append(error)
    finally:
        thread.join()
    if raised:
        raise raised[0]


def copy_unsealed(path: Path, to: IO[bytes], *, identity_file: Path | None) -> None:
    """Everything of the part at ``path``, opened by its name's ending, into ``to``."""
    with path.open("rb") as source:
        if path.suffix == ".age":
            if identity_file is None:
                raise SealError(f"{path.name} is sealed by age: name the key's file with --identity.")
            try:
                pyrage.decrypt_io(source, to, age_identities(identity_file))
            except (pyrage.DecryptError, pyrage.IdentityError, OSError) as error:
                raise SealError(f"{path.name} does not open with {identity_file.name}: {error}") from error
        elif path.suffix == ".gpg":
            _copy_through_gpg(["--decrypt"], source, to)
        else:
            shutil.copyfileobj(source, to, 1024 * 1024)


def age_identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The secret keys in a file as age-keygen writes it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.startswith("AGE-SECRET-KEY-")
    ]


def _copy_through_gpg(args: list[str], source: IO[bytes], to: IO[bytes]) -> None:
    gpg = shutil.which("gpg")
    if gpg is None:
        raise SealError("gpg is not installed: seal with age instead (--recipient).")
    with subprocess.Popen(
        [gpg, "--batch", "--quiet", *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        with _in_background(lambda: _feed(source, process.stdin)):
            shutil.copyfileobj(process.stdout, to, 1024 * 1024)
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise SealError(f"gpg: {said.splitlines()[-1] if said else process.returncode}")


def _feed(source: IO[bytes], to: IO[bytes] | None) -> None:
    assert to is not None
    with contextlib.suppress(BrokenPipeError), to:
        shutil.copyfileobj(source, to, 1024 * 1024)


@contextlib.contextmanager
def _in_background(work) -> Iterator[None]:  # type: ignore[no-untyped-def]
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    thread.join()


@contextlib.contextmanager
def readable_pipe(write) -> Iterator[IO[bytes]]:  # type: ignore[no-untyped-def]
    """A file to read from, which ``write(file)`` fills in another thread; raises what it raised."""
    reading, writing = os.pipe()
    raised: list[BaseException] = []

    def fill() -> None:
        try:
            with os.fdopen(writing, "wb") as out:
                write(out)
        except BaseException as error:  # handed to whoever reads
            raised.append(error)

    with _in_background(fill), os.fdopen(reading, "rb") as source:
        yield source
    if raised and not isinstance(raised[0], BrokenPipeError):
        raise raised[0]
