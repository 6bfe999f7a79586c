"""Whether a visit can take place at all: somebody alive to treat, an open clinic, a clinician and a room. No Django."""

from dataclasses import dataclass

from mesoclinic.core.findings import Finding, block

DESK = "Front desk"

#: A card has room for a word or two.
GOING_AHEAD_WORDS = {
    "ready:deceased": "has died",
    "ready:closed": "clinic closed",
    "ready:clinician-gone": "no clinician",
    "ready:clinician-away": "clinician away",
    "ready:room-out": "room out of use",
    "ready:room-closed": "room closed",
}


@dataclass(frozen=True, slots=True)
class VisitPlace:
    """Who a visit is for, with whom, where and when, as far as it can fail on that."""

    clinician: str
    room: str
    deceased: bool = False
    #: What the clinic is closed for on that day; empty where it is open.
    closed_for: str = ""
    #: Whether the clinician still works here and treats.
    treats_here: bool = True
    clinician_away: bool = False
    room_in_use: bool = True
    room_closed: bool = False


def findings_against_going_ahead(visit: VisitPlace) -> list[Finding]:
    """Why it cannot take place as it is booked; empty where nothing stands in its way."""
    if visit.deceased:
        message = "The patient has died. Cancel the visit; nobody rings or writes about it."
        return [block("ready:deceased", message, detail=DESK)]
    found = []
    if visit.closed_for:
        message = (
            f"The clinic is closed on this day: {visit.closed_for}. Ring the patient and move the visit."
        )
        found.append(block("ready:closed", message, detail=DESK))
    if not visit.treats_here:
        message = f"{visit.clinician} no longer treats here. Ring the patient and book with somebody else."
        found.append(block("ready:clinician-gone", message, detail=DESK))
    elif visit.clinician_away:
        message = (
            f"{visit.clinician} is away at this time. Ring the patient: another time, or another clinician."
        )
        found.append(block("ready:clinician-away", message, detail=DESK))
    if not visit.room_in_use:
        message = f"{visit.room} is out of use. Choose another room, or ring the patient and move the visit."
        found.append(block("ready:room-out", message, detail=DESK))
    elif visit.room_closed:
        message = f"{visit.room} is closed at this time. Choose another room, or ring and move the visit."
        found.append(block("ready:room-closed", message, detail=DESK))
    return found
