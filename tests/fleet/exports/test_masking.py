"""Initials instead of names, nothing instead of addresses and numbers."""

import pytest

from fleet.domain.fields import DEVICE_FIELDS
from fleet.exports.masking import initials, masked, withhold


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Bryn Hale", "B.H."),
        ("Mary-Ann O'Haverty", "M.A.O."),
        ("Siân Ångström", "S.Å."),
        ("cher", "C."),
        ("", "?"),
        ("123 !", "?"),
        ("A B C D E F", "A.B.C.D."),
    ],
)
def test_a_name_becomes_its_initials(name: str, short: str) -> None:
    assert initials(name) == short


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("On loan to bryn.hale@northbridge.example and due.", "On loan to B.H. and due."),
        ("It is issued to bryn.hale@northbridge.example.", "It is issued to B.H.."),
        ("a@b.example, c.d@e.example", "A., C.D."),
        ("Mail <bryn@x.example>; now", "Mail <B.>; now"),
        ("no address, just an @ sign", "no address, just an @ sign"),
        ("nothing", "nothing"),
    ],
)
def test_addresses_in_a_sentence_are_withheld(text: str, safe: str) -> None:
    assert withhold(text) == safe


def test_a_masked_catalogue_has_no_personal_field_left() -> None:
    safe = masked(DEVICE_FIELDS)
    assert not any(field.personal for field in safe.values())
    assert {"holder_upn", "phone_number", "device_name", "enrolled_upn"}.isdisjoint(safe)
    assert safe["holder"].label != DEVICE_FIELDS["holder"].label
