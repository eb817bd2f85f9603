"""Files written whole or not at all, and never over another one unasked."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from fleet.errors import FleetError


class FileProblem(FleetError):
    """A file can't be written where it was asked for."""

    code = "cannot-write"


@contextmanager
def whole_file(path: Path, *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """A file to write to that becomes `path` only when the block ends well; only its maker may read it.

    Raises `FileProblem` when a file of that name exists (unless `overwrite`), or can't be written, saying why.
    """
    if path.exists() and not overwrite:
        raise _exists(path)
    try:
        descriptor, name = mkstemp(prefix=f".{path.name[:80]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _problem(error, path) from error
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(part, path, overwrite)
    except OSError as error:
        raise _problem(error, path) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file, whole or not at all, and never over another one. Raises `FileProblem`."""
    with whole_file(target) as file, source.open("rb") as there:
        shutil.copyfileobj(there, file, 1 << 20)


def _move(part: Path, path: Path, overwrite: bool) -> None:
    """Give the file its name; without `overwrite` in a way that fails when somebody else took it meanwhile."""
    if overwrite:
        part.replace(path)
        return
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError:  # A file system without hard links: take the name first, then put the file there.
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError as error:
            raise _exists(path) from error
        try:
            part.replace(path)
        except OSError:
            path.unlink()
            raise


def _exists(path: Path) -> FileProblem:
    return FileProblem(
        f"{path} exists already and was left as it is. Choose another name, or say that it may be overwritten.",
        code="file-exists",
        path=str(path),
    )


def _problem(error: OSError, path: Path) -> FileProblem:
    reasons = {
        errno.ENOSPC: "the disk is full. Free some space, or write to another folder",
        errno.EDQUOT: "your share of the disk is used up. Free some space, or write to another folder",
        errno.EACCES: "you may not write to that folder. Choose another one, or ask for access",
        errno.EPERM: "you may not write to that folder. Choose another one, or ask for access",
        errno.EROFS: "that folder can only be read. Choose another one",
        errno.ENOENT: "there is no such folder. Make it first, or choose another one",
        errno.ENOTDIR: "that is no folder. Choose another one",
        errno.EISDIR: "that is a folder. Name a file in it",
        errno.ENAMETOOLONG: "the name is too long. Choose a shorter one",
    }
    reason = reasons.get(error.errno or 0, f"the system says: {error.strerror or error}")
    return FileProblem(f"{path} was not written: {reason}.", path=str(path))
