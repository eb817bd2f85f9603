"""Where secrets are: an environment variable, a file that only its owner can read, the keyring of the operating system.

They are read when they are used, and are in no `repr`, log or argv.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.errors import ConfigurationProblem


def read_secret(
    whose: str, places: Mapping[str, Any], home: Path, environ: Mapping[str, str] | None = None, *, user: str = "fleet"
) -> str | None:
    """The secret that `secret_env`, `secret_file` or `secret_keyring` names; None where none of them is given.

    Raises `ConfigurationProblem` when the named place is empty, missing or readable by others.
    """
    if name := places.get("secret_env"):
        return secret_in_environment(whose, str(name), environ)
    if path := places.get("secret_file"):
        return secret_in_file(whose, home / Path(str(path)).expanduser())
    if service := places.get("secret_keyring"):
        return secret_in_keyring(whose, str(service), user)
    return None


def secret_in_environment(whose: str, name: str, environ: Mapping[str, str] | None = None) -> str:
    """The value of an environment variable."""
    value = (environ if environ is not None else os.environ).get(name, "").strip()
    if not value:
        raise ConfigurationProblem(f"{whose}: the environment variable {name} is empty. Set it to the secret.")
    return value


def others_can_read(path: Path) -> bool:
    """Whether anybody but the owner can; Windows has other means, which are not looked at. Raises `OSError`."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def secret_in_file(whose: str, path: Path) -> str:
    """What a file holds that only its owner can read."""
    try:
        is_open = others_can_read(path)
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationProblem(f"{whose}: {path} can't be read: {error.strerror}.") from error
    if is_open:
        raise ConfigurationProblem(f"{whose}: {path} can be read by others. Run: chmod 600 {path}")
    if not value:
        raise ConfigurationProblem(f"{whose}: {path} is empty. It must hold the secret.")
    return value


def secret_in_keyring(whose: str, service: str, user: str) -> str:
    """What the keyring holds for a user of a service."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise ConfigurationProblem(
            f"{whose}: secret_keyring needs the package keyring, which isn't installed. "
            "Install council-fleet[keyring], or name a certificate or secret_file instead."
        ) from None
    try:
        value = (keyring.get_password(service, user) or "").strip()
    except KeyringError as error:
        raise ConfigurationProblem(
            f"{whose}: the keyring can't be read ({type(error).__name__}). A job at night seldom has one open: "
            "name a certificate or secret_file instead."
        ) from None
    if not value:
        raise ConfigurationProblem(
            f"{whose}: the keyring holds no secret for it. Put it in with: keyring set {service} {user}"
        )
    return value
