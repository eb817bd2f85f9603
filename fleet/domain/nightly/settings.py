"""Reading a table of the configuration: every problem is collected, so that all are told at once."""

from collections.abc import Collection, Mapping
from typing import Any


class Settings:
    """One table of config.toml; what is wrong with it is added to `problems`."""

    def __init__(self, name: str, table: object, problems: list[str], known: Collection[str]) -> None:
        self.name, self.problems = name, problems
        self.table: Mapping[str, Any] = table if isinstance(table, dict) else {}
        if not isinstance(table, dict):
            problems.append(f"[{name}] must be a table")
        problems += [f"[{name}] has an unknown setting {key}" for key in self.table if key not in known]

    def __contains__(self, key: str) -> bool:
        return key in self.table

    def wrong(self, key: str, must: str) -> None:
        """Note that a setting is not what it must be."""
        self.problems.append(f"[{self.name}] {key} must be {must}")

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text in one line."""
        value = self.table.get(key, default)
        if value is None or (isinstance(value, str) and value.isprintable() and value.strip()):
            return value
        self.wrong(key, "text in one line")
        return default

    def word(self, key: str, words: Collection[str], default: str) -> str:
        """One of some words."""
        value = self.table.get(key, default)
        if isinstance(value, str) and value in words:
            return value
        self.wrong(key, f"one of {', '.join(words)}")
        return default

    def number(self, key: str, least: int, most: int, default: int) -> int:
        """A whole number."""
        value = self.table.get(key, default)
        if type(value) is int and least <= value <= most:
            return value
        self.wrong(key, f"a whole number from {least} to {most}")
        return default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Yes or no."""
        value = self.table.get(key, default)
        if isinstance(value, bool):
            return value
        self.wrong(key, "true or false")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text is a list of one."""
        value = self.table.get(key, ())
        found = [value] if isinstance(value, str) else value
        if isinstance(found, (list, tuple)) and all(
            isinstance(one, str) and one.isprintable() and one for one in found
        ):
            return tuple(found)
        self.wrong(key, "a list of texts")
        return ()

    def one_secret(self, needed: bool) -> None:
        """Check that a secret is named in one place at most, and in one if it is needed."""
        named = [key for key in SECRETS if key in self]
        if len(named) > 1 or (needed and not named):
            self.problems.append(f"[{self.name}] needs exactly one of {', '.join(SECRETS)}")


SECRETS = ("secret_env", "secret_file", "secret_keyring")
"""Where a password may be; never in the configuration itself."""
