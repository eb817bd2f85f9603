"""A mistake in the program: the traceback goes to a file, the person gets one sentence."""

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from fleet import __version__


def keep_mistake(error: Exception, home: Path | None) -> str:
    """Append the traceback to `fleet.log` in Fleet's folder and say where: a technician can't use one."""
    from fleet.config import default_home

    path = (home or default_home()).expanduser() / "fleet.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            log.write(f"\n{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} fleet {__version__}\n")
            traceback.print_exception(error, file=log)
        where = f"The details are in {path}."
    except OSError:
        where = "The details could not be written anywhere."
    return f"a mistake in the program ({type(error).__name__}). {where}"
