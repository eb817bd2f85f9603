"""What config.toml says of remote actions: the credential that may send them, and how carefully they are asked for.

They are off until a tenant has a table `[tenant.<key>.actions]`. It names another application than the sync's: what may
wipe devices must not be what lies about for the night.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CREDENTIALS = ("certificate", "secret_env", "secret_file", "secret_keyring")
SIGN_INS = ("device-code", "browser")
"""How a technician signs in: with a code on any other screen, or in this machine's browser."""
SECOND = ("retire", "wipe", "delete")
"""What another operator confirms unless the configuration says otherwise."""
PER_HOUR = 5
MOST_PER_HOUR = 100


@dataclass(frozen=True, slots=True)
class ActionCredential:
    """With what remote actions are sent to one tenant."""

    client_id: str
    sign_in: str | None = None
    """Technicians sign in themselves, in this way; None: the application acts, with one of the following."""
    certificate: Path | None = None
    secret_env: str | None = None
    secret_file: Path | None = None
    secret_keyring: str | None = None


@dataclass(frozen=True, slots=True)
class ActionRules:
    """How carefully remote actions are asked for; `[actions]` of config.toml."""

    second: frozenset[str] = frozenset(SECOND)
    """What another operator has to confirm."""
    per_hour: int = PER_HOUR
    """At most so many devices of a tenant leave Intune by wipe, retire or delete in an hour."""
    ask: str = "whoever runs Intune for the council"
    """Whom to ask where remote actions are not set up: said in a run sheet."""


def action_credential(
    tenant: str, table: object, home: Path, sync_client_id: object, problems: list[str]
) -> ActionCredential | None:
    """The table `[tenant.<key>.actions]`; what is wrong with it is added to `problems`."""
    where = f"tenant {tenant}: actions"
    if not isinstance(table, dict):
        problems.append(f"[tenant.{tenant}.actions] must be a table")
        return None
    wrong = _wrong(where, table, sync_client_id)
    if wrong:
        problems.extend(wrong)
        return None
    values: dict[str, Any] = dict(table)
    for name in ("certificate", "secret_file"):
        if name in values:
            values[name] = home / Path(str(values[name])).expanduser()
    return ActionCredential(**values)


def _wrong(where: str, table: Mapping[str, Any], sync_client_id: object) -> list[str]:
    known = ActionCredential.__dataclass_fields__
    wrong = [f"{where} has an unknown setting {name}" for name in table if name not in known]
    wrong += [
        f"{where}: {name} must be text in one line"
        for name in table
        if name in known and not (isinstance(table[name], str) and table[name].isprintable())
    ]
    if wrong:
        return wrong
    if not table.get("client_id"):
        wrong.append(f"{where} has no client_id")
    elif str(table["client_id"]).lower() == str(sync_client_id).lower():
        wrong.append(f"{where}: client_id is the sync's. Register another application for actions")
    given = sum(1 for name in (*CREDENTIALS, "sign_in") if table.get(name))
    if given != 1:
        wrong.append(f"{where} needs exactly one of sign_in, certificate, secret_env, secret_file or secret_keyring")
    if table.get("sign_in") and table["sign_in"] not in SIGN_INS:
        wrong.append(f"{where}: sign_in is {' or '.join(SIGN_INS)}")
    return wrong


def action_rules(table: object, problems: list[str]) -> ActionRules:
    """The table `[actions]`; what is wrong with it is added to `problems`."""
    if not isinstance(table, dict):
        problems.append("[actions] must be a table")
        return ActionRules()
    before = len(problems)
    problems += [
        f"[actions] has an unknown setting {name}" for name in table if name not in ActionRules.__dataclass_fields__
    ]
    second, per_hour = table.get("second", list(SECOND)), table.get("per_hour", PER_HOUR)
    if not isinstance(second, list) or not set(map(str, second)) <= set(SECOND):
        problems.append(f"[actions] second is a list of {', '.join(SECOND)}")
    if type(per_hour) is not int or not 1 <= per_hour <= MOST_PER_HOUR:
        problems.append(f"[actions] per_hour must be a whole number from 1 to {MOST_PER_HOUR}")
    ask = table.get("ask", ActionRules().ask)
    if not isinstance(ask, str) or not ask.strip() or not ask.isprintable():
        problems.append("[actions] ask must be text in one line")
    return ActionRules() if len(problems) > before else ActionRules(frozenset(second), per_hour, ask)
