"""How large a file may be before it is refused instead of read."""

FILE_BYTES = 64 * 1024 * 1024
"""Of the file itself."""
TEXT_BYTES = 128 * 1024 * 1024
"""Of a text file inside a ZIP, unpacked."""
PACKAGE_MEMBERS = 2_000
PACKAGE_BYTES = 400 * 1024 * 1024
"""Of all parts of a workbook, unpacked."""
WHOLE_PART = 48 * 1024 * 1024
"""A part of a workbook up to this size is looked at as a whole; a larger one is streamed."""
PACKAGE_RATIO = 250
"""Unpacked to packed; only asked of parts above `RATIO_FROM` bytes."""
RATIO_FROM = 1024 * 1024
CELLS = 6_000_000
"""Rows times columns up to the last cell that holds a value, over all sheets."""
COLUMNS = 1_000
ROWS = 1_048_576
TEXT_COLUMNS = 16_384
"""Of a row of a text file, blank cells at its end included: as many as a spreadsheet has."""
TEXT_CELLS = 24_000_000
LISTED_ERRORS = 10_000
"""Error cells whose place is kept."""
CHILD_BYTES = 2 * 1024 * 1024 * 1024
"""Address space of the process that reads a workbook."""
CHILD_SECONDS = 60
ANSWER_BYTES = 512 * 1024 * 1024
"""Of what that process answers."""
