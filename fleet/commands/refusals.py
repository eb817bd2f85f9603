"""All that is wrong with a list of devices, told at once: nobody learns of one refusal per attempt."""

from collections.abc import Iterator
from contextlib import contextmanager

from fleet.errors import Conflict, FleetError, NotAllowed, UsageProblem

SHOWN = 20
"""Refusals that are told in words."""


class Refusals:
    """Collects what each device of a list is refused for."""

    def __init__(self) -> None:
        self.errors: list[FleetError] = []

    @contextmanager
    def of_one(self) -> Iterator[None]:
        """Whatever is refused inside belongs to one device; the others are looked at all the same."""
        try:
            yield
        except FleetError as error:
            self.errors.append(error)

    def raise_any(self, number: int, noun: str = "devices") -> None:
        """Raise the only refusal as it is, or one error that names them all; `number` is that of the devices."""
        if not self.errors:
            return
        if len(self.errors) == 1:
            raise self.errors[0]
        lines = list(dict.fromkeys(one.message for one in self.errors))
        shown = [*lines[:SHOWN], f"and {len(lines) - SHOWN:,} more."] if len(lines) > SHOWN else lines
        kinds = {type(one) for one in self.errors}
        kind = next((one for one in (UsageProblem, Conflict) if kinds == {one}), NotAllowed)
        codes = {one.code for one in self.errors}
        raise kind(
            f"{len(self.errors):,} of {number:,} {noun} are refused. Nothing was changed.",
            code=codes.pop() if len(codes) == 1 else None, lines=shown, refused=lines,
        )  # fmt: skip
