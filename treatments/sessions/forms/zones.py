"""A zone as it is typed: one of the map, or one that was drawn on it."""

from django import forms
from django.forms import formset_factory

from mesoclinic.core.form_fields import Number
from mesoclinic.core.quantities import plain_number_text
from treatments.sessions.forms.rows import Rows
from treatments.sessions.rules.charting import ZoneEntry
from treatments.sessions.rules.zones import outline_text, parse_outline

#: What differs from last time is compared in these.
FIGURES = ("area", "spacing", "points", "ml", "depth")


class ZoneFigures(forms.Form):
    """What both kinds have: chosen or not, and the figures."""

    on = forms.BooleanField(required=False)
    area = Number(label="cm²", required=False, max_digits=6, decimal_places=1)
    spacing = Number(label="cm apart", required=False, max_digits=4, decimal_places=2)
    points = forms.IntegerField(label="points", required=False)
    ml = Number(label="ml/point", required=False, max_digits=5, decimal_places=3)
    depth = Number(label="mm deep", required=False, max_digits=4, decimal_places=1)

    #: The same zone in the last session (a ZoneTreatment), or None.
    was = None

    @property
    def zone_name(self):
        raise NotImplementedError

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("on"):
            self._errors.clear()  # figures beside a zone that is not chosen say nothing
            return cleaned
        for name in ("area", "points", "ml", "depth"):
            value = cleaned.get(name)
            if name not in self.errors and (value is None or value <= 0):
                what = self.fields[name].label
                self.add_error(name, f"{self.zone_name}: type {what}, above 0.")
        spacing = cleaned.get("spacing")
        if spacing is not None and not 0 < spacing <= 20:
            self.add_error("spacing", f"{self.zone_name}: 0.1 to 20 cm apart.")
        if (cleaned.get("depth") or 0) > 13:
            self.add_error("depth", f"{self.zone_name}: at most 13 mm deep.")
        return cleaned

    def cleaned_figures_by_field(self):
        said = self.cleaned_data
        return {
            "points": said["points"],
            "ml_per_point": said["ml"],
            "depth_mm": said["depth"],
            "area_cm2": said["area"],
            "spacing_cm": said["spacing"],
        }

    @property
    def zone_row_for_template(self):
        """As the template's parts take it."""
        was = self.was and {
            "area": plain_number_text(self.was.area_cm2),
            "spacing": plain_number_text(self.was.spacing_cm) if self.was.spacing_cm else "",
            "points": str(self.was.points),
            "ml": plain_number_text(self.was.ml_per_point),
            "depth": plain_number_text(self.was.depth_mm),
        }
        return {
            "prefix": self.prefix,
            "name": self.zone_name,
            "on": bool(self["on"].value()),
            "state": "done" if self["on"].value() else "",
            "area_cm2": self["area"].value(),
            "spacing_cm": self["spacing"].value(),
            "points": self["points"].value(),
            "ml_per_point": self["ml"].value(),
            "depth_mm": self["depth"].value(),
            "was": was,
            "errors": {name: list(e)[0] for name, e in self.errors.items()},
        }


class ZoneForm(ZoneFigures):
    """One row of parts/_zone_table.html."""

    def __init__(self, *args, zone, area, was=None, **kwargs):
        self.zone, self.area, self.was = zone, area, was
        super().__init__(*args, prefix=f"zone-{zone.code}", **kwargs)

    @property
    def zone_name(self):
        return self.zone.name

    @property
    def zone_entry_or_none(self):
        if not self.cleaned_data.get("on"):
            return None
        return ZoneEntry(self.zone.id, **self.cleaned_figures_by_field())

    @property
    def zone_row_for_template(self):
        row = super().zone_row_for_template
        if row["area_cm2"] in (None, "") and not row["on"]:
            row["area_cm2"] = "" if self.area is None else plain_number_text(self.area)
        return {**row, "code": self.zone.code, "label": _zone_label_with_points_text(self)}


def _zone_label_with_points_text(form):
    word = form.zone.code.partition("_")[0].capitalize()
    points = form["points"].value()
    return f"{word} {points}" if form["on"].value() and points else word


class DrawnZoneForm(ZoneFigures):
    """A zone that somebody drew: a name, and its corners in percent of the picture."""

    name = forms.CharField(label="Name", required=False, max_length=60)
    outline = forms.CharField(label="Outline", required=False, max_length=2000)

    def __init__(self, *args, number, **kwargs):
        self.number = number
        super().__init__(*args, **kwargs)

    @property
    def zone_name(self):
        return " ".join(str(self["name"].value() or "").split()) or "The drawn zone"

    def clean_outline(self):
        try:
            return parse_outline(self.cleaned_data["outline"])
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("on") and not str(cleaned.get("name") or "").strip():
            self.add_error("name", "Give the zone a name: what it will be found by.")
        return cleaned

    @property
    def zone_entry_or_none(self):
        said = self.cleaned_data
        if not said.get("on"):
            return None
        return ZoneEntry(
            None,
            **self.cleaned_figures_by_field(),
            name=self.zone_name,
            outline=tuple(tuple(corner) for corner in said["outline"]),
        )

    @property
    def zone_row_for_template(self):
        row = super().zone_row_for_template
        try:
            corners = parse_outline(str(self["outline"].value() or ""))
        except ValueError:
            corners = []
        return {
            **row,
            "number": self.number,
            "typed_name": self["name"].value() or "",
            "outline": outline_text(corners),
            "was_corners": outline_corners_and_label_place(self.was.outline)["corners"] if self.was else "",
            **outline_corners_and_label_place(corners),
        }


class DrawnRows(Rows):
    """The zones that were drawn, with a spare one; ``least`` makes room for what was drawn last time."""

    tells = ("on", "name", "outline")


DrawnZoneRows = formset_factory(DrawnZoneForm, formset=DrawnRows, extra=0)


def outline_in_picture_units(outline):
    """Corners of percent as the picture draws them: 320 × 400 units that begin at 20, −6."""
    return [(round(20 + 3.2 * x, 1), round(-6 + 4 * y, 1)) for x, y in outline]


def outline_corners_and_label_place(outline):
    """What parts/_scalp_map.html needs of an outline: its corners as text, and where its name stands."""
    corners = outline_in_picture_units(outline)
    if not corners:
        return {"corners": "", "centre": None}
    return {
        "corners": " ".join(f"{x},{y}" for x, y in corners),
        "centre": {
            "x": round(sum(x for x, _ in corners) / len(corners), 1),
            "y": round(sum(y for _, y in corners) / len(corners), 1),
        },
    }


def replace_zone_fields(fields, rows):
    """Write zones of a session (ZoneTreatment rows, with their zones) into fields, in place of what is there."""
    for name in [n for n in fields if n.startswith(("zone-", "drawn-"))]:
        del fields[name]
    drawn = 0
    for row in rows:
        if row.zone_id:
            prefix = f"zone-{row.code}"
        else:
            prefix = f"drawn-{drawn}"
            drawn += 1
            fields[f"{prefix}-name"] = row.name
            fields[f"{prefix}-outline"] = outline_text(row.outline)
        fields[f"{prefix}-on"] = "1"
        fields[f"{prefix}-points"] = str(row.points)
        figures = {
            "ml": row.ml_per_point,
            "depth": row.depth_mm,
            "area": row.area_cm2,
            "spacing": row.spacing_cm,
        }
        for name, figure in figures.items():
            if figure is not None:
                fields[f"{prefix}-{name}"] = plain_number_text(figure)
