"""Makes identifiers that pass their own checksums and belong to nobody: serials, IMEIs, EIDs, ICCIDs, addresses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

NEW_SERIAL = "CDFGHJKLMNPQRTVWXY0123456789"
OLD_PLANTS = ("F9F", "DMP", "DLX", "GG7", "F4H")
OLD_PERIODS = "CDFGHJKLMNPQRSTVWXYZ"
OLD_WEEKS = "123456789CDFGHJKLMNPQRTVWXY"
DOUBLED = str.maketrans("0123456789", "0246813579")
"""A digit twice, with the digits of the product added up."""
LETTERS_AND_DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def guid(random: Random) -> str:
    """A version 4 GUID, lower case."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def hexadecimal(random: Random, length: int) -> str:
    """Lower-case hexadecimal digits."""
    return f"{random.getrandbits(length * 4):0{length}x}"


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` plus it pass Luhn's test."""
    total = sum(map(int, digits[::-1][1::2])) + sum(map(int, digits[::-2].translate(DOUBLED)))
    return str(-total % 10)


def eid_check(digits: str) -> str:
    """The two digits that make a 32-digit EID leave 1 when divided by 97 (GSMA SGP.29)."""
    return f"{98 - int(digits) * 100 % 97:02d}"


@dataclass(slots=True)
class Mint:
    """Hands out identifiers, never the same twice."""

    random: Random
    _used: set[str] = field(default_factory=set)
    _next_number: int = 0

    def serial(self, *, old: bool) -> str:
        """Ten random characters as since 2021, or the twelve of older hardware."""
        return self._fresh(self._old_serial if old else lambda: self._text(NEW_SERIAL, 10))

    def service_tag(self, length: int) -> str:
        """A thin client's serial."""
        return self._fresh(lambda: self._text(LETTERS_AND_DIGITS, length))

    def imei(self, tac: str) -> str:
        """Fifteen digits that start with an eight-digit type allocation code."""
        return self._fresh(lambda: self._with_luhn(f"{tac}{int(self.random.random() * 1_000_000):06d}"))

    def eid(self) -> str:
        """Thirty-two digits of an embedded SIM."""

        def make() -> str:
            digits = f"89049{self.random.getrandbits(83):025d}"
            return digits + eid_check(digits)

        return self._fresh(make)

    def iccid(self, issuer: str, length: int) -> str:
        """Nineteen or twenty digits of a British SIM."""
        width = length - 5 - len(issuer)
        return self._fresh(lambda: self._with_luhn(f"8944{issuer}{int(self.random.random() * 10**width):0{width}d}"))

    def mac(self, maker: str) -> str:
        """Twelve lower-case hexadecimal digits of a network interface."""
        return self._fresh(lambda: maker + hexadecimal(self.random, 6 + 6 - len(maker)))

    def drama_number(self) -> str | None:
        """A mobile number from the thousand that Ofcom keeps for drama; None once they are used up."""
        if self._next_number >= 1000:
            return None
        number = f"+447700900{self._next_number:03d}"
        self._next_number += 1
        return number

    def _fresh(self, make: Callable[[], str]) -> str:
        while True:
            text = make()
            if text not in self._used:
                self._used.add(text)
                return text

    def _old_serial(self) -> str:
        plant = self.random.choice(OLD_PLANTS)
        made = self.random.choice(OLD_PERIODS) + self.random.choice(OLD_WEEKS)
        return plant + made + self._text(LETTERS_AND_DIGITS, 3) + self._text(NEW_SERIAL, 4)

    def _text(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choices(alphabet, k=length))

    @staticmethod
    def _with_luhn(digits: str) -> str:
        return digits + luhn_digit(digits)
