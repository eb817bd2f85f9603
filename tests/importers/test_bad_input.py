"""Everything that a file should not be ends in one clear sentence, or in inert text; the process never dies."""

import pytest

from fleet.errors import BadFile
from importers.engine import interpret
from importers.sheets import read
from tests.importers.bad_files import BAD

REFUSED = sorted(name for name, (_, code) in BAD.items() if code is not None)
READ = sorted(name for name, (_, code) in BAD.items() if code is None)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_one_sentence(name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(BadFile) as refused:
        interpret(read(make()))
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
    assert "\n" not in refused.value.message
    assert len(refused.value.message) < 300


@pytest.mark.parametrize("name", READ)
def test_it_is_read_and_what_it_holds_is_inert(name: str) -> None:
    """One serial is found; what is stored has no control character, and no formula was run."""
    found = interpret(read(BAD[name][0]()))
    values = [value for record in found.records for value in record.values.values() if isinstance(value, str)]
    assert {"DMPX0002QA", "DMPX0003QA"} & set(values)
    assert all(value.isprintable() for value in values)
    assert "click" not in values
    assert found.read == len(found.records) + len(found.rejected) + found.skipped
