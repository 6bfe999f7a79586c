"""Short forms of the research files, in the words that people read. No Django here.

The files stay as they were delivered; what is shown is said in full.
"""

import re

_IN_FULL = {
    "5-ARI": "5-alpha-reductase inhibitor",
    "AA": "alopecia areata",
    "AGA": "pattern hair loss",
    "ASFS": "the dandruff score",
    "TE": "telogen effluvium",
}
_SHORT = re.compile(
    r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(_IN_FULL, key=len, reverse=True))) + r")(?![\w-])"
)


def abbreviations_written_out(text: str) -> str:
    """``warn; absolute for 5-ARI`` → “warn; absolute for 5-alpha-reductase inhibitor”."""
    return _SHORT.sub(lambda found: _IN_FULL[found[0]], text)
