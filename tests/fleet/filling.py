"""`fleet` on a disk that fills up: `python -m tests.fleet.filling KIND BYTES REGISTER ARGUMENTS...`.

KIND is `limit`: no file of the process may grow beyond so many bytes. Or `disk`: the register is copied to a small file
system of its own, with so many bytes to spare, and back afterwards; that needs the right to mount, as `unshare` gives it.
"""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

from fleet.cli.program import main

BESIDE = ("", "-wal", "-shm")


def on_a_small_disk(register: Path, spare: int, arguments: list[str]) -> None:
    """Run on a disk that has room for the register and a little more."""
    disk = Path(mkdtemp(dir=register.parent))
    size = register.stat().st_size + spare
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=True)
    shutil.copyfile(register, disk / register.name)
    os.environ["FLEET_DATABASE_URL"] = f"sqlite:///{disk / register.name}"
    try:
        main(arguments)
    finally:
        for end in BESIDE:
            left = disk / f"{register.name}{end}"
            if left.exists():
                shutil.copyfile(left, register.with_name(left.name))


if __name__ == "__main__":
    kind, number, path, *rest = sys.argv[1:]
    if kind == "disk":
        on_a_small_disk(Path(path), int(number), rest)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(number), int(number)))
    os.environ["FLEET_DATABASE_URL"] = f"sqlite:///{path}"
    main(rest)
