"""Which lots a notice names, and how a recall is run and closed. No Django here."""

from treatments.recalls.rules.cases import (
    RECALL_MOVES,
    Attempt,
    CaseStatus,
    Channel,
    Outcome,
    Tally,
    can_move,
    check_attempt,
    check_closing,
)
from treatments.recalls.rules.notices import Match, Notice, find_lot, names_product, read_notice

__all__ = [
    "Attempt",
    "CaseStatus",
    "Channel",
    "Match",
    "Notice",
    "Outcome",
    "RECALL_MOVES",
    "Tally",
    "can_move",
    "check_attempt",
    "check_closing",
    "find_lot",
    "names_product",
    "read_notice",
]
