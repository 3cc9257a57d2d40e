"""Putting bytes where they were asked for, whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from carpk.errors import WriteError


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file so that its name stands for the old bytes or for all the new ones, never for a part.

    The bytes go to a new file in the same folder, are flushed to the disk and take the name in one step; whatever
    stops the writing, an older file of that name stays as it was.

    Raises
    ------
    WriteError
        The folder is missing, the name is that of something other than a file, or the disk refuses.
    """
    target = Path(path).absolute()
    _check_target(target, Path(path))
    if target.is_symlink():
        target = target.resolve()
    waiting = target.with_name(f".{target.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        _write_flushed(waiting, data)
        waiting.replace(target)
    except OSError as refused:
        reason = refused.strerror or refused.__class__.__name__
        raise WriteError(f"{path}: could not be written ({reason}); {len(data):,} bytes are needed.") from refused
    finally:
        with contextlib.suppress(OSError):
            waiting.unlink(missing_ok=True)
    _flush_folder(target.parent)


def _check_target(target: Path, given: Path) -> None:
    if not target.parent.is_dir():
        raise WriteError(f"{given}: there is no folder {str(given.parent)!r}; make it first or name another.")
    if target.is_dir():
        raise WriteError(f"{given}: is a folder; name a file in it.")
    if target.exists() and not target.is_file():
        raise WriteError(f"{given}: is not a regular file.")


def _write_flushed(path: Path, data: bytes) -> None:
    # os.open rather than a temporary file, so that the result has the permissions of any other new file.
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            number = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)
