"""One line of the doctor's report."""

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warning", "bad", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, what to do."""

    what: str
    state: State
    sentence: str
    exit_code: int = 0
