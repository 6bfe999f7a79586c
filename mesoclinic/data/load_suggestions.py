"""Turns what helps without a syringe into rows of the database."""

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from treatments.catalogue.models import OtherTreatment
from treatments.conditions.models import Condition


def load_other_treatments(data: Catalogue) -> Loaded:
    """The conditions are loaded."""
    conditions = dict(Condition.objects.values_list("code", "pk"))
    rows = [
        {
            "condition": conditions[each.condition],
            "name": each.name,
            "support": each.support,
            "text": each.text,
            "limit": each.limit,
            "contested": each.contested,
            "show_as": each.show_as,
            "order": each.order,
            "question": each.question,
            "answers": list(each.answers),
            "basis": each.basis,
            "source_keys": list(each.sources),
        }
        for each in data.other_treatments
    ]
    return merge_shipped_rows_keeping_edits(OtherTreatment, rows, key=("condition", "name"))[1]
