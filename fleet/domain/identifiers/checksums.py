"""Check digits: Luhn for IMEI and ICCID, ISO 7064 MOD 97-10 for EID."""

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ZERO = ord("0")


def luhn_ok(digits: str) -> bool:
    """Whether a string of ASCII digits, check digit last, passes Luhn (ISO/IEC 7812-1, annex B)."""
    written = digits.encode("ascii")
    return (sum(written[::-2]) + sum(written[-2::-2].translate(_DOUBLED)) - _ZERO * len(written)) % 10 == 0


def luhn_digit(digits: str) -> str:
    """The digit that makes these digits pass Luhn when appended."""
    return next(digit for digit in "0123456789" if luhn_ok(digits + digit))


def mod97_ok(digits: str) -> bool:
    """Whether a number, check digits last, is 1 modulo 97 (GSMA SGP.02 and SGP.29 for the EID)."""
    return int(digits) % 97 == 1
