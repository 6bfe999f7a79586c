"""The lines of the syringe as they are typed; and a stored session as its page would post it."""

from django import forms
from django.forms import formset_factory
from django.http import QueryDict

from mesoclinic.core.form_fields import Number
from mesoclinic.core.quantities import plain_number_text
from patients.rules.scalp_look import SEEN, zones_of_look
from treatments.sessions.forms.fields import delete_fields_beginning_with, ml_field_text
from treatments.sessions.forms.rows import Rows
from treatments.sessions.forms.safety_questions import fill_safety_fields
from treatments.sessions.forms.zones import replace_zone_fields
from treatments.sessions.queries.sessions import chart_of_session

#: A lot that ends within these days is said in colour.
SOON_DAYS = 30


class DoseForm(forms.Form):
    """One line of the syringe: so many ml from a lot. A product takes several lines where it needs two lots."""

    ml = Number(label="ml given", required=False, max_digits=6, decimal_places=2)
    lot = forms.TypedChoiceField(label="Lot", required=False, coerce=int, empty_value=None)
    read = forms.BooleanField(label="Lot read", required=False)
    #: The lot that it was injected from before it became known that it may not be used: its id.
    given = forms.IntegerField(required=False)

    #: ml of the product in the last session, as text; empty where there was none.
    was = ""

    def __init__(self, *args, component, number, lots, kept, on, **kwargs):
        """``kept`` are ids of stored lots that may not be offered any more, but are still in the session."""
        self.component, self.number, self.on = component, number, on
        self.lots = {str(lot.pk): lot for lot in lots}
        super().__init__(*args, **kwargs)
        self.fields["lot"].choices = [
            ("", "Choose a lot"),
            *((pk, pk) for pk in self.lots),
            *((str(pk), str(pk)) for pk in kept if str(pk) not in self.lots),
        ]

    def clean(self):
        cleaned = super().clean()
        ml, name, given = cleaned.get("ml"), self.component.name, cleaned.get("given")
        if given and str(self["lot"].value() or given) == str(given):
            self._errors.pop("lot", None)
            cleaned["lot"] = given
        if ml is not None and ml < 0:
            self.add_error("ml", f"{name}: 0 ml or more.")
        elif ml and "lot" not in self.errors and not cleaned.get("lot"):
            self.add_error("lot", f"{name}: choose the lot it came from.")
        return cleaned

    @property
    def chosen_usable_lot_or_none(self):
        """The lot that is chosen, if it may be used."""
        return self.lots.get(str(self["lot"].value() or ""))

    @property
    def is_chosen_lot_unavailable(self):
        """Whether a lot is chosen that is not offered any more."""
        return bool(self["lot"].value()) and self.chosen_usable_lot_or_none is None

    @property
    def is_marked_given(self):
        """Whether it is said that the lot chosen was injected already."""
        return bool(self["given"].value()) and str(self["given"].value()) == str(self["lot"].value() or "")

    @property
    def next_usable_lot_or_none(self):
        """The lot to look at next where the one chosen may not be used. Never chosen for anybody: what was drawn up is known to who drew it."""
        return next(iter(self.lots.values()), None) if self.is_chosen_lot_unavailable else None

    @property
    def is_chosen_lot_read_from_vial(self):
        """Whether the lot on the line was read; what stood there before says nothing of another."""
        return bool(self["read"].value()) and not self.is_chosen_lot_unavailable

    @property
    def lot_options(self):
        return [
            {
                "lot": lot,
                "selected": lot is self.chosen_usable_lot_or_none,
                "days": (lot.expires_on - self.on).days,
                "soon": (lot.expires_on - self.on).days <= SOON_DAYS,
            }
            for lot in self.lots.values()
        ]

    @property
    def chosen_lot_option_or_none(self):
        return next((option for option in self.lot_options if option["selected"]), None)


class ProductRows(Rows):
    """The lines of one product. A second lot is a second line."""

    tells = ("ml", "lot")


DoseRows = formset_factory(DoseForm, formset=ProductRows, extra=0)


def stored_session_as_posted_fields(detail):
    """The session as the page would post it."""
    chart = chart_of_session(detail)
    fields = QueryDict(mutable=True)
    fields["revision"] = str(detail.session.revision)
    fields.setlist("check", [str(item) for item in sorted(chart.ticked)])
    said = detail.asked_before.look.said if detail.asked_before else ()
    fields.setlist("look", [part for part in said if part in SEEN])
    fields.setlist("look_zones", zones_of_look(said))
    replace_zone_fields(fields, detail.zones)
    replace_dose_fields(
        fields,
        [
            (row.product_id, row.lot_id, row.ml, row.lot_read, row.already_given_at is not None)
            for row in detail.doses
        ],
    )
    fill_safety_fields(fields, chart.safety)
    for moment, score in chart.pain.items():
        fields[f"pain_{moment}"] = str(score)
    for entry in chart.reactions:
        prefix = f"reaction-{entry.effect_id}"
        fields[f"{prefix}-seen"] = "1"
        fields[f"{prefix}-grade"] = entry.grade
        fields[f"{prefix}-response"] = entry.note
        if entry.zone_id:
            fields[f"{prefix}-zone"] = str(entry.zone_id)
        for name in ("began_on", "ended_on"):
            if day := getattr(entry, name):
                fields[f"{prefix}-{name}"] = day.isoformat()
    fields.setlist("relief", [entry.method for entry in chart.relief])
    for given in chart.relief:
        if given.lidocaine_mg is not None:
            fields[f"relief_mg_{given.method}"] = plain_number_text(given.lidocaine_mg)
        if given.label:
            fields[f"relief_label_{given.method}"] = given.label
    fields.setlist("relief_given", [entry.method for entry in chart.relief if entry.is_given])
    if chart.performed_by_id:
        fields["performed_by"] = str(chart.performed_by_id)
    if chart.no_reactions:
        fields["no_reactions"] = "on"
    for name in ("technique", "needle", "since_last", "note"):
        fields[name] = getattr(chart, name)
    if chart.next_on:
        fields["next_on"] = chart.next_on.isoformat()
    return fields


def replace_dose_fields(fields, doses):
    """Write ``(product, lot, ml, lot read)``, and whether it was given already, in place of what is there."""
    delete_fields_beginning_with(fields, "dose-")
    number = {}
    for product, lot, ml, read, *given in doses:
        n = number[product] = number.get(product, -1) + 1
        fields[f"dose-{product}-{n}-lot"] = str(lot)
        fields[f"dose-{product}-{n}-ml"] = ml_field_text(ml)
        if read:
            fields[f"dose-{product}-{n}-read"] = "on"
        if any(given):
            fields[f"dose-{product}-{n}-given"] = str(lot)
