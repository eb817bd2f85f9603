"""Pastes and files of keys: empty, enormous, torn, with a key twice; each is read whole or refused whole."""

from pathlib import Path

import pytest

from tests.fleet.cli.test_custody import Stock, holder, stock
from tests.fleet.cli.test_devices import Contents
from tests.fleet.conftest import Program

__all__ = ["holder", "stock"]


@pytest.mark.parametrize("paste", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_paste_asks_for_a_device(program: Program, home: Path, paste: str) -> None:
    told = program("return", "--file", "-", stdin=paste)
    assert (told.code, told.out) == (2, "")
    assert "Name at least one device" in told.err


def test_an_enormous_paste_is_refused_at_once(program: Program, home: Path) -> None:
    told = program("return", "--file", "-", stdin="\n".join(f"K{number}" for number in range(5_001)))
    assert (told.code, told.err) == (2, "fleet: 5,001 keys are more than one command takes (5,000).\n")


def test_a_paste_of_many_unknown_keys_is_told_shortly(program: Program, home: Path, contents: Contents) -> None:
    before = contents()
    told = program("return", "--file", "-", stdin="\n".join(f"KEY{number:06}" for number in range(2_000)))
    assert told.code == 2
    assert "KEY000000 is not known" in told.err
    assert "and 1,980 more" in told.err
    assert len(told.err.splitlines()) == 22
    assert contents() == before


def test_what_is_larger_than_any_list_is_not_read(program: Program, home: Path, tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"EM000001\n" * 500_000)
    told = program("return", "--file", str(tmp_path / "huge"))
    assert (told.code, "larger than any list of keys" in told.err) == (2, True)


def test_a_dash_reads_stdin_and_keys_may_stand_beside_each_other(program: Program, stock: Stock, holder: str) -> None:
    tags = stock(4)
    told = program("issue", "-", "--to", holder, stdin=f"{tags[0]}\t{tags[1]}\n{tags[2]}, {tags[3]};\n")
    assert told.code == 0
    assert "4 devices. Event" in told.out


def test_a_device_that_is_named_twice_in_two_ways_is_taken_once(program: Program, stock: Stock, holder: str) -> None:
    (tag,) = stock()
    serial = program("device", tag, "--json").json["serial"]
    told = program("issue", tag, serial, tag.lower(), "--to", holder)
    assert told.code == 0
    assert "2 keys name devices that were named already: taken once." in told.err


def test_a_page_pasted_as_one_key_is_refused(program: Program, home: Path) -> None:
    for size in (300, 100_000):
        told = program("return", "--file", "-", stdin="word " * size)
        assert told.code == 2
        assert "too long to be the key of a device" in told.err
        assert len(told.err) < 400


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x01", b"EM00\x80", bytes(range(256))])
def test_a_paste_that_is_no_text_is_refused(program: Program, home: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "keys").write_bytes(data)
    for told in (program("return", "--file", "-", stdin=data), program("return", "--file", str(tmp_path / "keys"))):
        assert (told.code, told.out) == (2, "")
        assert "can't be read as text" in told.err


def test_a_file_that_is_not_there_is_named(program: Program, home: Path, tmp_path: Path) -> None:
    for file in (tmp_path / "nothing", tmp_path):
        told = program("return", "--file", str(file))
        assert (told.code, "can't be read as text" in told.err, str(file) in told.err) == (2, True, True)
