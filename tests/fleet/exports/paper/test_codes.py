"""QR and Code 128: what is drawn can be read again."""

import pytest

from fleet.exports.paper.codes import can_be_code128, code128, code128_modules, qr
from tests.fleet.exports.paper.reading_codes import read_code128, read_qr

TAGS = ["NB-IPD-00123", "LB12345", "00012345", "1", "a b/c_d", "NB-00000000000000012345-XX", "x" * 60]


@pytest.mark.parametrize("tag", TAGS)
def test_code_128_is_read_back(tag: str) -> None:
    assert read_code128(code128(tag)) == tag
    assert code128_modules(tag) == sum(code128(tag))


@pytest.mark.parametrize(
    "tag", [*TAGS, "NB-1\nNB-2\n", "Ŷnys-7", "tag with ümlaut", "\n".join(f"NB-{n:05}" for n in range(20))]
)
def test_a_qr_is_read_back(tag: str) -> None:
    assert read_qr(qr(tag)) == tag


@pytest.mark.parametrize(("value", "fits"), [("NB-1", True), ("", False), ("Ŷ", False), ("a\tb", False)])
def test_code_128_takes_printable_ascii(value: str, fits: bool) -> None:
    assert can_be_code128(value) is fits
