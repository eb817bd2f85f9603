"""A search that found nothing, with the names in it as they were meant."""

from fleet.database import Database
from fleet.queries.near_miss import meant_by
from tests.fleet.commands.estate import an_estate


def test_a_misspelt_name_is_mended_and_everything_else_stays(database: Database) -> None:
    """People, places and models; filters, identifiers and what is right already stay as typed."""
    an_estate(database, 1)
    with database.read() as session:
        for text, meant in (
            ("siam", ["sian"]), ("Bryn Hael", ["Bryn hale", "Bryn hall"]), ("status:lost obrein", ["status:lost obrien"]),
            ("Tonw Hall", ["town Hall"]), ("Bryn", []), ("NO-0009", []), ("status:losst", []), ("zzzzqq", []), ("", []),
            ("50% O'Brien", []),
        ):  # fmt: skip
            assert meant_by(session, text) == meant, text
