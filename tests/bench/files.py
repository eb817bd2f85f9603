"""Files to import: device exports as Intune's portal makes them."""

import csv
from collections.abc import Iterator
from pathlib import Path

HEADERS = ("Device ID", "Device name", "Serial number", "IMEI", "OS", "OS version", "Model", "Manufacturer",
           "Last check-in", "Compliance", "Ownership", "Primary user UPN", "Wi-Fi MAC", "Enrollment date")  # fmt: skip


def write_csv(path: Path, rows: int) -> None:
    """A CSV of so many devices."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(_rows(rows))


def write_xlsx(path: Path, rows: int) -> None:
    """The same as a workbook."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADERS, *_rows(rows)]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)


def _rows(rows: int) -> Iterator[tuple[str, ...]]:
    for number in range(rows):
        yield (
            f"{number:08x}-be7c-4002-8000-{number:012x}", f"NB-{number:08d}", f"B{number:09d}", f"35{number:012d}0",
            "iPadOS", "26.6", "iPad (10th generation)", "Apple", "2026-11-21 08:12:44.0000000", "Compliant", "Corporate",
            f"person{number:06d}@northbridge.gov.example", f"a4ff{number:08x}", "2025-03-04 09:00:00.0000000",
        )  # fmt: skip
