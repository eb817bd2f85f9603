"""A stamp of what was asked and answered: the same question of the same register gives the same one."""

import hashlib

import orjson

from fleet.exports.frame import Content
from fleet.exports.question import describe


def stamp(content: Content) -> str:
    """SHA-256 over the question and every number of the cross-tables; not over who asked, nor when."""
    question = content.answer.question
    said = {
        "report": content.report.key,
        "organisations": sorted(content.answer.organisations),
        "as_at": question.day,
        "since": question.since,
        "filters": describe(question.filters),
        "small_numbers": "hidden" if question.hide_small else "shown",
        "tables": {
            key: {"rows": counted.rows, "words": counted.words, "totals": counted.totals}
            for key, counted in content.crossed.items()
        },
    }
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
