"""What is said about written identifiers: examples of every kind, and properties that hold for any input."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.identifiers import JUDGES, imei_key, judge
from fleet.domain.identifiers.checksums import luhn_digit, luhn_ok, mod97_ok

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(alphabet="0123456789+-.,eE ABCDEF#/@xX'=\"", max_size=40),
    st.dates(),
    st.binary(max_size=8),
)
FOURTEEN = st.integers(min_value=10**13 * 2, max_value=10**14 - 1).map(str)

GOOD: list[tuple[str, object, str]] = [
    ("serial", "dmpxy01k2w", "DMPXY01K2W"),
    ("serial", " F44M ", "F44M"),
    ("serial", "14D3F5002B290902DD ", "14D3F5002B290902DD"),
    ("serial", "S/N: C02AB1CDE2", "C02AB1CDE2"),
    ("imei", "352099000051009", "352099000051009"),
    ("imei", "35 209900 005100 9", "352099000051009"),
    ("imei", "35-209900-005100-9", "352099000051009"),
    ("imei", 352099000051009.0, "352099000051009"),
    ("imei", "352099000051009.0", "352099000051009"),
    ("imei", "3.52099000051009E+14", "352099000051009"),
    ("imei", '="352099000051009"', "352099000051009"),
    ("imei", "'352099000051009", "352099000051009"),
    ("imei", "IMEI: 352099000051009", "352099000051009"),
    ("meid", "a0000000002329", "A0000000002329"),
    ("meid", "293608736500703710", "AF0123450ABCDE"),
    ("iccid", "8944 1100 0000 0050 003", "8944110000000050003"),
    ("iccid", "8944110000000050003F", "8944110000000050003"),
    ("mac", "00:e0:c5:54:0b:9a", "00E0C5540B9A"),
    ("mac", "00e0.c554.0b9a", "00E0C5540B9A"),
    ("mac", "00E012345678", "00E012345678"),
    ("mac", "0:e0:c5:54:b:9a", "00E0C5540B9A"),
    ("phone", "07700 900123", "+447700900123"),
    ("phone", "+44 (0)7700 900 123", "+447700900123"),
    ("phone", "00447700900123", "+447700900123"),
    ("phone", 447700900123.0, "+447700900123"),
    ("phone", "07624 900123", "+447624900123"),
    ("phone", "020 7946 0123", "+442079460123"),
    ("asset_tag", " nb 06700 ", "NB 06700"),
    ("asset_tag", "00045", "00045"),
    ("upn", "Siobhan.O'Neill@Northbridge.example", "siobhan.o'neill@northbridge.example"),
    ("part_number", "mk2k3b/a", "MK2K3B/A"),
    ("part_number", "FD311LL/A", "FD311LL/A"),
    ("model_identifier", "ipad13,18", "iPad13,18"),
]

DOUBTFUL: list[tuple[str, object, str, str, str | None]] = [
    ("imei", "352099000051008", "imei-check-digit", "352099000051008", None),
    ("imei", "35209900005100", "imei-no-check-digit", "35209900005100", "352099000051009"),
    ("imei", "3520990000510012", "imeisv", "3520990000510012", "352099000051009"),
    ("iccid", "894411000000005123", "iccid-no-check-digit", "894411000000005123", "8944110000000051233"),
    ("iccid", "8944110000000050004", "iccid-check-digit", "8944110000000050004", None),
    ("serial", "SJD4D6XXNP4", "serial-scanned", "SJD4D6XXNP4", "JD4D6XXNP4"),
    ("serial", "DMPOX12345AB", "serial-letters", "DMPOX12345AB", None),
    ("serial", 7654321.0, "serial-number-cell", "7654321", None),
    ("asset_tag", 6700.0, "tag-number-cell", "6700", None),
    ("phone", "7700900123", "phone-lost-zero", "+447700900123", None),
    ("phone", "+1 202 555 0100", "phone-foreign", "+12025550100", None),
    (
        "upn",
        "p_partner.example#EXT#@northbridge.example",
        "upn-guest",
        "p_partner.example#ext#@northbridge.example",
        None,
    ),
    ("part_number", "MK2K3B", "part-short", "MK2K3B", "MK2K3B/A"),
]

BAD: list[tuple[str, object, str]] = [
    ("imei", "3.52E+14", "precision-lost"),
    ("imei", "3.52099E+14", "precision-lost"),
    ("imei", "352099000000000", "precision-lost"),
    ("imei", "12345", "imei-length"),
    ("imei", "352099000051009 / 352099000051017", "several"),
    ("imei", "11111111111111", "placeholder"),
    ("iccid", 8.944110000000067e18, "precision-lost"),
    ("iccid", "8.94411E+18", "precision-lost"),
    ("iccid", "8944110000000060000", "precision-lost"),
    ("iccid", "110000000050003", "iccid-prefix"),
    ("eid", 8.9e31, "precision-lost"),
    ("eid", "89049032000000000000000000000000", "precision-lost"),
    ("eid", "8904903200740888230014123456788", "eid-length"),
    ("mac", "da:a1:19:00:00:01", "mac-private"),
    ("mac", "01:00:5e:00:00:01", "mac-multicast"),
    ("mac", 12345678.0, "mac-lost-zero"),
    ("phone", "*******0123", "phone-masked"),
    ("phone", "07700 900123 / 07700 900124", "several"),
    ("phone", "4.477E+11", "precision-lost"),
    ("phone", "01632 960123 ext 4", "phone-extension"),
    ("serial", "To be filled by O.E.M.", "placeholder"),
    ("serial", "Default string", "placeholder"),
    ("serial", "0", "placeholder"),
    ("serial", "#N/A", "error-cell"),
    ("serial", "1.23E+11", "precision-lost"),
    ("serial", date(2025, 3, 12), "became-date"),
    ("asset_tag", datetime(2025, 3, 12), "became-date"),
    ("asset_tag", "N/A", "placeholder"),
    ("upn", "A Person", "upn-form"),
    ("model_identifier", "iPad13.18", "model-form"),
    ("part_number", "A2602", "part-form"),
]


@pytest.mark.parametrize(("kind", "value", "normal"), GOOD)
def test_good_identifiers_are_normalised(kind: str, value: object, normal: str) -> None:
    judged = judge(kind, value)
    assert (judged.normal, judged.verdict) == (normal, "good")


@given(st.integers(10**29, 10**30 - 1).filter(lambda body: body % 10**10 != 0))
def test_an_eid_is_good_with_its_check_digits_and_doubtful_with_others(body: int) -> None:
    whole = f"{body}{98 - body * 100 % 97:02d}"
    assert mod97_ok(whole)
    assert judge("eid", f"{whole[:8]} {whole[8:]}").normal == whole
    wrong = f"{body}{(int(whole[-2:]) + 1) % 97:02d}"
    assert judge("eid", wrong).code == "eid-check-digits"


@pytest.mark.parametrize(("kind", "value", "code", "normal", "proposal"), DOUBTFUL)
def test_doubtful_identifiers_are_kept_with_a_sentence(
    kind: str, value: object, code: str, normal: str, proposal: str | None
) -> None:
    judged = judge(kind, value)
    assert (judged.verdict, judged.code, judged.normal, judged.proposal) == ("doubtful", code, normal, proposal)
    assert judged.sentence.endswith(".")


@pytest.mark.parametrize(("kind", "value", "code"), BAD)
def test_bad_identifiers_are_never_stored(kind: str, value: object, code: str) -> None:
    judged = judge(kind, value)
    assert (judged.normal, judged.verdict, judged.code) == (None, "bad", code)
    assert judged.sentence.endswith(".")


def test_an_imei_that_lost_its_zero_is_proposed_only_when_the_check_digit_agrees() -> None:
    whole = "0123450" + "0" * 6 + "7"
    whole = whole[:14] + luhn_digit(whole[:14])
    assert judge("imei", float(whole)).proposal == whole
    assert judge("imei", whole[1:]).normal is None
    wrong = whole[1:-1] + str((int(whole[-1]) + 1) % 10)
    assert judge("imei", wrong).proposal is None


def test_fourteen_digits_that_begin_with_zero_have_kept_their_zero() -> None:
    judged = judge("imei", "01 234567 890123")
    assert (judged.normal, judged.code) == ("01234567890123", "imei-no-check-digit")


@pytest.mark.parametrize("text", ["N/A", "none", "Unknown", "-", "000000", "TBC", "to be filled by o.e.m.", " ", "?"])
@pytest.mark.parametrize("kind", sorted(JUDGES))
def test_fillers_are_no_identity_of_any_kind(kind: str, text: str) -> None:
    assert judge(kind, text).normal is None


@given(st.sampled_from(sorted(JUDGES)), ANYTHING)
def test_any_input_gets_a_verdict_and_bad_means_nothing_to_store(kind: str, value: object) -> None:
    judged = judge(kind, value)
    assert (judged.normal is None) == (judged.verdict == "bad")
    assert bool(judged.sentence) == (judged.verdict != "good")
    assert (judged.code == "good") == (judged.verdict == "good")


@given(st.sampled_from(sorted(JUDGES)), ANYTHING)
def test_a_good_normal_form_is_good_again_and_unchanged(kind: str, value: object) -> None:
    judged = judge(kind, value)
    if judged.verdict == "good":
        assert judge(kind, judged.normal) == judged


@given(FOURTEEN)
def test_every_spelling_of_an_imei_has_one_key(body: str) -> None:
    whole = body + luhn_digit(body)
    spellings = [whole, body, body + "07", f"{whole[:2]} {whole[2:8]} {whole[8:14]} {whole[14]}"]
    assert {imei_key(spelling) for spelling in spellings} == {body}


@given(FOURTEEN)
def test_an_imei_survives_a_number_cell_and_an_iccid_does_not(body: str) -> None:
    whole = body + luhn_digit(body)
    if judge("imei", whole).verdict == "good":
        assert judge("imei", float(whole)).normal == whole
    assert judge("iccid", float("89" + body + "111")).code == "precision-lost"


@given(FOURTEEN, st.integers(0, 13), st.integers(1, 9))
def test_one_mistyped_digit_never_passes_luhn(body: str, place: int, shift: int) -> None:
    whole = body + luhn_digit(body)
    assert luhn_ok(whole)
    wrong = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]
    assert not luhn_ok(wrong)


@given(st.integers(0, 10**9 - 1))
def test_a_mobile_number_reads_the_same_in_every_spelling(rest: int) -> None:
    digits = f"7{rest:09d}"
    spellings = ["0" + digits, "44" + digits, "+44 (0)" + digits, f"0{digits[:4]} {digits[4:]}", float("44" + digits)]
    assert {judge("phone", spelling).normal for spelling in spellings} == {"+44" + digits}


@given(st.from_regex(r"[0-9A-F]{12}", fullmatch=True))
def test_a_mac_reads_the_same_in_every_spelling(bare: str) -> None:
    pairs = [bare[i : i + 2] for i in range(0, 12, 2)]
    spellings = [bare, bare.lower(), ":".join(pairs), "-".join(pairs), ".".join((bare[:4], bare[4:8], bare[8:]))]
    assert len({judge("mac", spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("nothing", [None, "", "123", "abc", "12345678901234567"])
def test_what_is_no_imei_has_no_key(nothing: str | None) -> None:
    assert imei_key(nothing) is None
