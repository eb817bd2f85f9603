"""`fleet receive` on the demonstration's register."""

from pathlib import Path

from tests.fleet.conftest import Program


def test_a_delivery_is_previewed_taken_in_and_undone(program: Program, home: Path, tmp_path: Path) -> None:
    boxes = tmp_path / "boxes.txt"
    boxes.write_text("SF9QX12ABCD\nF9QX12ABCE\nF9QX12ABCD\n359913194249323\n", encoding="utf-8")
    taken = ("receive", "--file", str(boxes), "--organisation", "eastmere", "--order", "PO-77", "--model", "iPad (A16)")
    preview = program(*taken, "--preview", "--json")
    assert preview.code == 1 and preview.json["event"] is None
    assert preview.json["counts"] == {"added": 2, "repeated": 1, "unknown": 1}
    assert program("device", "F9QX12ABCD").code != 0
    done = program(*taken)
    assert "✓ F9QX12ABCD: new, iPad (A16), in stock." in done.out and "an IMEI. Scan the serial number" in done.out
    assert "2 new in the register, 1 received before, 1 not known. Event " in done.err
    assert "PO-77" in program("device", "F9QX12ABCD").out
    event = done.err.rsplit("Event ", 1)[1].split(".")[0]
    assert program("undo", event, "--yes").code == 0
    assert program("device", "F9QX12ABCD").code != 0


def test_whose_it_is_must_be_said_where_there_are_several(program: Program, home: Path) -> None:
    told = program("receive", "F9QX12ABCD")
    assert told.code != 0 and "several organisations" in told.err
