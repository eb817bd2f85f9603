"""The family of errors. Each message is one line that says what is wrong and what to do next.

Foreign errors are wrapped where the library is called. Only the command line and the TUI's background
runner catch `FleetError`; the exit code is part of the contract with scripts (docs/OPERATIONS.md).
"""


class FleetError(Exception):
    """Something a person can put right. `code` is stable for scripts, the message is for people."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, code: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts
        if code is not None:
            self.code = code


class UsageProblem(FleetError):
    """The call itself is wrong: a bad option, a date that is none, a contradictory request."""

    code = "usage"
    exit_code = 2


class ConfigurationProblem(FleetError):
    """config.toml or an environment variable is missing, unreadable or wrong."""

    code = "configuration"
    exit_code = 2


class NotFound(FleetError):
    """Nothing is known under a key; `facts["nearest"]` lists what is closest. The call named it: a usage error."""

    code = "not-found"
    exit_code = 2


class Ambiguous(FleetError):
    """A key fits several things: they are listed in `facts["matches"]` and nothing is touched."""

    code = "ambiguous"
    exit_code = 2


class NotAllowed(FleetError):
    """The register's rules forbid it now: an illegal move, a device someone else holds."""

    code = "not-allowed"


class Conflict(FleetError):
    """Somebody else changed the same thing first; the message says who has it now."""

    code = "conflict"


class AlreadyRunning(Conflict):
    """Another program is at the same work; `facts` say who, where and since when. Nothing was begun."""

    code = "already-running"
    exit_code = 6


class BadFile(FleetError):
    """A file that can't be read as a table, with the reason."""

    code = "bad-file"


class RefusedByBrake(FleetError):
    """A plan too large or too strange to believe; a person may confirm the number with a reason."""

    code = "brake"
    exit_code = 3


class SourceUnavailable(FleetError):
    """A source does not answer, or not believably: network, proxy, DNS, 5xx, a torn list."""

    code = "unavailable"
    exit_code = 4


class DatabaseUnavailable(SourceUnavailable):
    """The register can't be opened or written: locked, disk full, newer than the program, gone."""

    code = "database"


class NoAccess(FleetError):
    """The credential or the operator may not do this: wrong secret, missing permission, other organisation."""

    code = "no-access"
    exit_code = 5
