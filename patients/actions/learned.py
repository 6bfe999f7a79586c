"""What is learned of a patient, told to whoever has to act on it in the same transaction.

An app that keeps more than this one (what was injected) says once, when it is loaded, what it does.
"""

from collections.abc import Callable, Collection

from mesoclinic.accounts.models import User

#: Takes the patient's id, the codes of the facts that are new, and who recorded them.
Listener = Callable[[int, Collection[str], User], None]

PREGNANCY = "pregnancy"

_LISTENERS: list[Listener] = []


def add_fact_listener(listener: Listener) -> None:
    """Have ``listener`` told of every new fact. Said twice, it is told once."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def tell_new_facts(patient_id: int, codes: Collection[str], by: User) -> None:
    """These facts (codes of risk factors) stand on the record from now on."""
    for listener in _LISTENERS if codes else ():
        listener(patient_id, codes, by)
