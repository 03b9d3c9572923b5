"""Backups under a passphrase: encrypted while they are written, by the library pyrage (age, age-encryption.org).

A sealed file is a line that says so, the private key of this one file encrypted with the passphrase (age, scrypt), and
the content encrypted to that key (age, X25519). The library takes a passphrase only for bytes in memory; the key makes
files of any size go through piece by piece.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from warehouse import disk
from warehouse.errors import BackupInvalid

FIRST_LINE = b"iga-sealed 1\n"
_LENGTH = 4
_LONGEST_KEY = 4096


@contextmanager
def sealed(target: IO[bytes], passphrase: str | None) -> Iterator[IO[bytes]]:
    """Give a stream in front of an open file; with a passphrase what is written reaches the file encrypted only."""
    if passphrase is None:
        yield target
        return
    from pyrage import encrypt_io, passphrase as by_passphrase, x25519

    key = x25519.Identity.generate()
    locked = by_passphrase.encrypt(str(key).encode(), passphrase)
    target.write(FIRST_LINE + len(locked).to_bytes(_LENGTH, "big") + locked)
    with _pumped(lambda plain: encrypt_io(plain, target, [key.to_public()])) as stream:
        yield stream


def is_sealed(path: Path) -> bool:
    """Whether a file needs a passphrase."""
    with path.open("rb") as stream:
        return stream.read(len(FIRST_LINE)) == FIRST_LINE


@contextmanager
def opened(path: Path, private: Path, passphrase: str | None) -> Iterator[Path]:
    """Give the path of the plain file: the file itself, or a private copy in `private` that goes after the block.

    Raises BackupInvalid for a wrong or missing passphrase, and for a file that was changed or cut.
    """
    if not is_sealed(path):
        yield path
        return
    from pyrage import DecryptError, decrypt_io, passphrase as by_passphrase, x25519

    if passphrase is None:
        raise BackupInvalid(
            "The backup is encrypted and needs its passphrase",
            next_step="type it when asked, or name a file that holds it (--passphrase-file)",
            place=str(path),
        )
    descriptor, name = tempfile.mkstemp(dir=private, prefix=".plain-")  # 0600
    plain = Path(name)
    try:
        with path.open("rb") as source, os.fdopen(descriptor, "wb") as target:
            source.read(len(FIRST_LINE))
            length = int.from_bytes(source.read(_LENGTH), "big")
            try:
                key = by_passphrase.decrypt(source.read(min(length, _LONGEST_KEY)), passphrase)
                identity = x25519.Identity.from_str(key.decode())
            except (DecryptError, ValueError) as error:
                raise BackupInvalid(
                    "The passphrase does not open this backup",
                    next_step="type it again; without it nobody can open the file",
                    place=str(path),
                ) from error
            try:
                decrypt_io(source, target, [identity])
            except (DecryptError, OSError) as error:
                raise BackupInvalid(
                    "The encrypted backup is damaged or was changed",
                    next_step="take another backup",
                    place=str(path),
                ) from error
        yield plain
    finally:
        disk.remove(plain)


@contextmanager
def _pumped(work: Any) -> Iterator[IO[bytes]]:
    """Give a stream to write to, whose bytes a function reads at the other end of a pipe in a thread of its own."""
    read_end, write_end = os.pipe()
    faults: list[BaseException] = []

    def run() -> None:
        with os.fdopen(read_end, "rb") as plain:
            try:
                work(plain)
            except BaseException as fault:  # told to the writer, which else would wait for ever
                faults.append(fault)

    worker = threading.Thread(target=run)
    worker.start()
    try:
        with io.BufferedWriter(os.fdopen(write_end, "wb", buffering=0)) as stream:
            yield stream
    except BrokenPipeError:
        pass  # the other end has stopped: its own fault says why
    finally:
        worker.join()
    if faults:
        raise OSError(str(faults[0])) from faults[0]
