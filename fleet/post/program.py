"""A message to a program: its standard input, no shell, and none of the secrets of this program's environment."""

import os
import subprocess
from collections.abc import Collection, Sequence

from fleet.post.outcomes import NotSent


def run(command: Sequence[str], message: str, *, timeout: float, withheld: Collection[str] = ()) -> None:
    """Run it. `withheld` names environment variables that it is not given. Raises `NotSent` when it did not end well."""
    environment = {name: value for name, value in os.environ.items() if name not in withheld}
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments from the configuration, no shell
            list(command), input=message.encode(), timeout=timeout, check=False, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotSent(f"{command[0]} did not end within {timeout:g} seconds.") from None
    except (OSError, ValueError) as error:
        raise NotSent(f"{command[0]} can't be run: {getattr(error, 'strerror', None) or error}.") from None
    if done.returncode:
        raise NotSent(f"{command[0]} ended with {done.returncode}.")
