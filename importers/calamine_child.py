"""Run as a script in its own process: a workbook on stdin, its cells as JSON lines on stdout.

A hostile workbook can make the reader abort or eat all memory; here that ends this process and nothing else. It
imports as little as it can, because it is started for every workbook: `python -I -S calamine_child.py FOLDER BYTES`
with the folder that holds python_calamine and the limit of its address space.
"""

import json
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta


def limit_memory(limit: int) -> None:
    """Cap the address space, where the system can."""
    try:
        import resource
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def tagged(value: object) -> object:
    """Dates have no JSON: a one-key object says which kind they are."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return str(value)


def main() -> int:
    """One line of JSON per sheet head and per row; `{"error": ...}` when the reader refuses. Exit 0 either way."""
    limit_memory(int(sys.argv[2]))
    sys.path.append(sys.argv[1])
    import io

    import python_calamine as calamine

    out = sys.stdout
    encode = json.JSONEncoder(ensure_ascii=True, check_circular=False, default=tagged).encode
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as workbook:
            for meta in workbook.sheets_metadata:
                if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                    out.write(encode({"other": meta.name}) + "\n")
                    continue
                hidden = meta.visible != calamine.SheetVisibleEnum.Visible
                sheet = workbook.get_sheet_by_name(meta.name)
                merged = [[*first, *last] for first, last in sheet.merged_cell_ranges or ()]
                out.write(encode({"sheet": meta.name, "hidden": hidden, "merged": merged}) + "\n")
                out.writelines(encode(row) + "\n" for row in sheet.to_python(skip_empty_area=False))
    except calamine.PasswordError:
        out.write(encode({"error": "password"}) + "\n")
    except (calamine.CalamineError, OSError, ValueError) as error:
        out.write(encode({"error": str(error)[:300]}) + "\n")
    out.write(encode({"end": True}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
