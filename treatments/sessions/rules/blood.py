"""What is made of the patient's own blood: identity, figures, time, and what becomes of the rest. No Django here.

drawn ── two people read the tube ── spun ── injected within its limit ── the rest thrown away ── signed
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from mesoclinic.core.findings import Finding, block, note
from mesoclinic.core.quantities import ZERO, plain_number_text
from treatments.stock.rules.lots import LotChoice, check_lot_choice_usable

#: Where on the session's preparation page the blood stands.
WHERE = "blood"

#: Figures beyond these are slips of the pen, whatever the kit.
MOST_BLOOD_ML = Decimal(120)
MOST_SPIN_MINUTES = Decimal(60)
MOST_SPIN_G = 5_000
MOST_SPIN_RPM = 20_000

#: Two people read the tube.
CHECKERS = 2

#: Shorter than this, why it was injected late says nothing.
LEAST_LATE_REASON = 10


@dataclass(frozen=True, slots=True)
class Blood:
    """A preparation as it stands. ``checkers`` are the accounts that read the tube."""

    lot_id: int
    kit: str
    drawn_at: datetime
    use_before: datetime
    checkers: frozenset[int] = frozenset()
    spun_at: datetime | None = None
    obtained_ml: Decimal | None = None
    injected_at: datetime | None = None
    late_reason: str = ""
    is_rest_discarded: bool = False


@dataclass(frozen=True, slots=True)
class KitDose:
    """What the syringe of a session takes of a preparation: the lot of the kit, and ml."""

    lot_id: int
    ml: Decimal


@dataclass(frozen=True, slots=True)
class Spin:
    """What the centrifuge was set to, and what came out."""

    minutes: Decimal
    g: int | None
    rpm: int | None
    obtained_ml: Decimal


def hours_and_minutes_text(span: timedelta) -> str:
    """4 h · 1 h 20 min · 45 min."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{minutes} min"] if minutes or not hours else [])
    return " ".join(parts)


def is_within_time_limit(use_before: datetime, at: datetime) -> bool:
    """Whether it may still be injected at ``at``: up to the last instant of its limit."""
    return at <= use_before


def check_blood_may_be_drawn(
    kit: LotChoice,
    *,
    is_kit_of_this_session: bool,
    ml: Decimal,
    drawn_at: datetime,
    on: date,
    now: datetime,
    limit_minutes: int | None,
    has_blood: bool,
) -> list[Finding]:
    """Why no blood is drawn for this session, which is of ``on``, with this kit. Nobody may go past these."""
    if has_blood:
        return [
            _block_without_override(
                "again", "Blood was drawn for this session. Throw it away, and say why, to draw again."
            )
        ]
    found = []
    if not is_kit_of_this_session:
        found.append(
            _block_without_override(
                "kit", "This kit is of another product or another clinic. Choose it again."
            )
        )
    elif refused := check_lot_choice_usable(kit, on, now):
        found.append(refused)
    if limit_minutes is None:
        message = "No limit is on file for how long this may wait. An admin loads the data first."
        found.append(_block_without_override("no-limit", message))
    elif drawn_at + timedelta(minutes=limit_minutes) < now:
        found.append(
            _block_without_override(
                "drawn-at", "Drawn so long ago its time is over: throw it away and draw again."
            )
        )
    if not 0 < ml <= MOST_BLOOD_ML:
        found.append(
            _block_without_override(
                "ml", f"Blood drawn is above 0 and up to {plain_number_text(MOST_BLOOD_ML)} ml. Check it."
            )
        )
    if drawn_at > now:
        found.append(
            _block_without_override("drawn-at", "Blood is drawn before it is written down. Check the time.")
        )
    return found


def check_tube_identity_reading_is_valid(
    blood: Blood, *, by: int, read: str, record_number: str, patient: str
) -> list[Finding]:
    """Why this check of the tube does not count. Nobody may go past these."""
    if blood.spun_at is not None:
        return [
            _block_without_override(
                "identity-late", "The tube was spun: it is checked between the draw and the spin."
            )
        ]
    if read.strip().upper() != record_number:
        message = (
            f"The tube says {read.strip() or 'nothing'}; {patient} is {record_number}. "
            "Do not spin it. Look again; where it is another patient’s, throw it away and draw again."
        )
        return [_block_without_override("identity-other", message)]
    if by in blood.checkers:
        return [
            _block_without_override(
                "identity-same", "You have checked this tube. Somebody else reads it too."
            )
        ]
    return []


def check_spin_may_be_recorded(
    blood: Blood, spin: Spin, *, drawn_ml: Decimal, most_ml: Decimal | None
) -> list[Finding]:
    """Why the spin cannot be written. ``most_ml`` is what one kit gives at most."""
    found = []
    if len(blood.checkers) < CHECKERS:
        message = "Two people check the tube before the spin: read the record number on it, ask the name."
        found.append(_block_without_override("identity", message))
    if blood.injected_at is not None:
        found.append(
            _block_without_override("spin-late", "It was injected: the spin stays as it was written.")
        )
    if not 0 < spin.minutes <= MOST_SPIN_MINUTES:
        found.append(
            _block_without_override("spin-minutes", "A spin takes above 0 and up to 60 minutes. Check it.")
        )
    if spin.g is None and spin.rpm is None:
        found.append(_block_without_override("spin-speed", "Say how fast it was spun: g or rpm."))
    if spin.g is not None and not 0 < spin.g <= MOST_SPIN_G:
        found.append(_block_without_override("spin-g", f"A spin is up to {MOST_SPIN_G:,} g. Check it."))
    if spin.rpm is not None and not 0 < spin.rpm <= MOST_SPIN_RPM:
        found.append(_block_without_override("spin-rpm", f"A spin is up to {MOST_SPIN_RPM:,} rpm. Check it."))
    if not 0 < spin.obtained_ml < drawn_ml:
        message = (
            f"Plasma is above 0 ml and less than the blood ({plain_number_text(drawn_ml)} ml). Check it."
        )
        found.append(_block_without_override("obtained", message))
    elif most_ml is not None and spin.obtained_ml > most_ml:
        found.append(
            _block_without_override(
                "obtained", f"One kit gives up to {plain_number_text(most_ml)} ml. Check it."
            )
        )
    return found


def check_injection_may_be_recorded(
    blood: Blood, *, injected_at: datetime, late_reason: str, now: datetime
) -> list[Finding]:
    """Why the injection cannot be written. After its time it is thrown away; what was given all the same is
    written with the reason, and marked (law 16)."""
    if blood.spun_at is None:
        return [_block_without_override("spin", "It was not spun yet: write the spin first.")]
    if injected_at > now:
        return [
            _block_without_override(
                "injected-at", "It is injected before it is written down. Check the time."
            )
        ]
    if injected_at < blood.spun_at:
        return [_block_without_override("injected-at", "It is injected after the spin. Check the time.")]
    if is_within_time_limit(blood.use_before, injected_at) or len(late_reason.strip()) >= LEAST_LATE_REASON:
        return []
    waited = hours_and_minutes_text(injected_at - blood.drawn_at)
    limit = hours_and_minutes_text(blood.use_before - blood.drawn_at)
    message = (
        f"Its time is over: {waited} since it was drawn, {limit} at most. Throw it away and draw again. "
        "If it was already injected, say why it was late."
    )
    return [_block_without_override("late", message)]


def check_blood_may_be_thrown_away(blood: Blood, reason: str) -> list[Finding]:
    """Why a whole preparation cannot be thrown away."""
    if blood.injected_at is not None:
        return [
            _block_without_override(
                "given", "It was injected: what is left of it is thrown away with the injection."
            )
        ]
    if len(reason.strip()) < 3:
        return [_block_without_override("reason", "Say why it is thrown away.")]
    return []


def check_blood_ready_for_signing(blood: Blood | None, doses: Sequence[KitDose]) -> list[Finding]:
    """What stands between a session with a kit in its syringe and its signature. Nobody may go past the blocks."""
    ml = sum((dose.ml for dose in doses), ZERO)
    if blood is None:
        return (
            [
                _block_without_override(
                    "none", "No blood was drawn for this session. Prepare it first.", where="syringe"
                )
            ]
            if doses
            else []
        )
    if not doses:
        message = (
            f"Blood was drawn with kit {blood.kit} and none is in the syringe. Throw it away, and say why."
        )
        return [_block_without_override("unused", message, where="syringe")]
    found = []
    if {dose.lot_id for dose in doses} != {blood.lot_id}:
        message = f"The blood was drawn with kit {blood.kit}: choose that lot in the syringe."
        found.append(_block_without_override("lot", message, where="syringe"))
    if len(blood.checkers) < CHECKERS:
        found.append(
            _block_without_override("identity", "Two people check the tube before the spin.", where="syringe")
        )
    if blood.obtained_ml is None:
        found.append(
            _block_without_override("spin", "The spin is not written. Prepare it first.", where="syringe")
        )
    elif ml > blood.obtained_ml:
        message = (
            f"{plain_number_text(ml)} ml stand in the syringe, {plain_number_text(blood.obtained_ml)} ml were obtained. "
            "Correct one of them."
        )
        found.append(_block_without_override("more", message, where="syringe"))
    if blood.injected_at is None or not blood.is_rest_discarded:
        message = "Write when it was injected, and that the rest was thrown away."
        found.append(_block_without_override("injected", message, where="syringe"))
    elif not is_within_time_limit(blood.use_before, blood.injected_at):
        waited = hours_and_minutes_text(blood.injected_at - blood.drawn_at)
        limit = hours_and_minutes_text(blood.use_before - blood.drawn_at)
        message = f"Injected {waited} after it was drawn, over the {limit} on file: {blood.late_reason}"
        found.append(note("blood:late", message, where="syringe"))
    return found


def _block_without_override(code: str, message: str, *, where: str = WHERE) -> Finding:
    return block(f"blood:{code}", message, fixed=True, where=where)
