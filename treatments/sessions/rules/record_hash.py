"""The SHA-256 of a signed session: over a text that says the same as long as nothing that was signed changes.

The text, in UTF-8, lines ended by a line feed:

    mesoclinic session record, form 3
    {"part":"dose","row":{"id":7,"lot_id":3,"ml":"1.00",…}}
    …

One line for each row that was signed, as JSON with sorted names, no blanks and no escapes beyond JSON's own; the
lines in the order of their characters. Amounts are text with all the digits of their column, times are in UTC. People,
products and lots stand as their keys: a name that is corrected later changes nothing. What is told after the
signature (addenda, late reports, the end of a reaction, void) is not in it. A row gets a new field: form 3.

No Django here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

FORM = 3


def signed_record_text(rows: Iterable[tuple[str, Mapping[str, object]]]) -> str:
    """The text, from the rows as (part, field to value); their order does not matter."""
    lines = sorted(
        json.dumps(
            {"part": part, "row": row},
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
            sort_keys=True,
        )
        for part, row in rows
    )
    return "".join(f"{line}\n" for line in (f"mesoclinic session record, form {FORM}", *lines))


def sha256_of_signed_text(text: str) -> str:
    """Its SHA-256: 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def split_hash_into_lines(digits: str) -> list[str]:
    """The digits as people compare them: two lines of four groups of eight."""
    groups = [digits[start : start + 8] for start in range(0, len(digits), 8)]
    return [" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]
