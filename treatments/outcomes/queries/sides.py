"""What pairs of two sides say, by what was compared."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mesoclinic.accounts.models import Clinic
from treatments.outcomes.models import SideComparison, SplitScalpSettings
from treatments.outcomes.rules.pairs import Pair, PairedDifference, paired_difference
from treatments.outcomes.rules.split_scalp import Compared, Side
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus

#: The last so many pairs of a clinic are compared.
MOST_PAIRS = 5000


@dataclass(frozen=True, slots=True)
class SideResult:
    """One comparison: ``first`` less ``second``, of pain and of what was counted."""

    compared: str
    first: str
    second: str
    pain: PairedDifference | None
    count: PairedDifference | None


def split_scalp_is_on(clinic: Clinic) -> bool:
    """One query."""
    return SplitScalpSettings.objects.filter(clinic=clinic, is_on=True).exists()


def drafts_to_draw_sides_in(clinic: Clinic) -> Sequence[tuple[int, int]]:
    """Sessions here that are not signed, the newest first: address and number. One query."""
    drafts = TreatmentSession.objects.filter(clinic=clinic, status=SessionStatus.DRAFT.value)
    return list(drafts.order_by("-pk").values_list("pk", "number")[:6])


def side_results(clinic: Clinic) -> Sequence[SideResult]:
    """Without those who took their consent back, each pair of ways in the order of the alphabet. One query."""
    rows = (
        SideComparison.objects.filter(clinic=clinic, recorded_at__isnull=False, withdrawn_at=None)
        .order_by("-pk")
        .values_list(
            "compared",
            "first",
            "second",
            "first_side",
            "pain_left",
            "pain_right",
            "count_left",
            "count_right",
        )[:MOST_PAIRS]
    )
    pains: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    counts: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    for compared, first, second, first_side, pain_left, pain_right, count_left, count_right in rows:
        is_turned = first > second
        left_is_first = (first_side == Side.LEFT) is not is_turned
        key = (compared, min(first, second), max(first, second))
        pains[key].append(Pair(*(pain_left, pain_right) if left_is_first else (pain_right, pain_left)))
        if count_left is not None and count_right is not None:
            counts[key].append(
                Pair(*(count_left, count_right) if left_is_first else (count_right, count_left))
            )
    return [
        SideResult(
            Compared(key[0]).label, key[1], key[2], paired_difference(pairs), paired_difference(counts[key])
        )
        for key, pairs in sorted(pains.items())
    ]
