"""Medicines that are new since the last session: their two kinds of alert, and what fills their words. No Django here."""

from collections.abc import Sequence

NEW_MEDICINE, NEW_MEDICINE_UNREAD = "alert:state:new-medicine", "alert:state:new-medicine-unread"


def new_medicine_slots(names: Sequence[str], rules: Sequence[str]) -> dict[str, str]:
    """What fills the words of both alerts: the medicines told, and what the rules call each."""
    return {
        "name": ", ".join(dict.fromkeys(names)),
        "text": ", ".join(dict.fromkeys(names)),
        "rule": "; ".join(dict.fromkeys(filter(None, rules))),
    }
