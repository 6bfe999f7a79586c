"""What is measured at every session: the fields, the last values, and how density went."""

from decimal import Decimal

from mesoclinic.core.quantities import plain
from treatments.sessions.forms.charting import MEASURES
from treatments.sessions.rules.measurements import DENSITY, density_zone_code_or_none


def _density_zone_or_none(detail, ref):
    """The zone of ``ref`` where density is counted, or None."""
    zones = {zone.code: zone for zone in ref.zones}
    counted = [row.zone and row.zone.code for row in detail.measurements if row.scale.code == DENSITY]
    code = density_zone_code_or_none(
        next(iter(counted), None), [row.zone.code for row in detail.areas], zones
    )
    return zones.get(code)


def measure_fields_with_last_value(session_forms, ref):
    """The figures of “Since last session”: the field, the last value, and the difference where one is typed."""
    detail = session_forms.detail
    zone = _density_zone_or_none(detail, ref)
    rows = []
    for name, code in MEASURES.items():
        scale = ref.scales.get(code)
        if scale is None:
            continue
        last = _last_measured_value_or_none(detail.measurements, code, zone)
        where = f", {zone.name.partition(' (')[0].lower()}" if code == DENSITY and zone else ""
        rows.append(
            {
                "field": session_forms.main[name],
                "label": f"{session_forms.main.fields[name].label}{where}",
                "unit": "/cm²" if code == DENSITY else scale.unit,
                "last": last,
                "better": 1 if scale.higher_is_better else -1,
                "change": _change_and_how_good_or_none(
                    session_forms.main[name].value(), last, scale.higher_is_better
                ),
            }
        )
    return rows


def _last_measured_value_or_none(measurements, code, zone):
    return next((row.value for row in measurements if _is_measured_by_scale_in_zone(row, code, zone)), None)


def _is_measured_by_scale_in_zone(row, code, zone):
    """Whether it was measured by this scale and, for density, in this zone or in none that is known."""
    if row.scale.code != code:
        return False
    return code != DENSITY or zone is None or row.zone is None or row.zone.code == zone.code


def _change_and_how_good_or_none(typed, last, higher_is_better):
    """“+9” and how good that is; None while nothing is typed."""
    try:
        difference = Decimal(str(typed or "").replace(",", ".")) - last
    except (ArithmeticError, TypeError):
        return None
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    good = difference == 0 or (difference > 0) == higher_is_better
    return {"text": f"{sign}{plain(abs(difference))}", "level": "ok" if good else "warn"}


def density_plot_or_none(detail, ref):
    """The density so far, as a line in a box of 300 × 64; nothing before there are two figures."""
    zone = _density_zone_or_none(detail, ref)
    values = [
        float(row.value) for row in detail.measurements if _is_measured_by_scale_in_zone(row, DENSITY, zone)
    ][:8][::-1]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 284 / (len(values) - 1)
    points = [
        (round(8 + n * step, 1), round(56 - (value - low) / span * 44, 1)) for n, value in enumerate(values)
    ]
    return {
        "points": points,
        "line": " ".join(f"{x},{y}" for x, y in points),
        "label": f"Density from {values[0]:g} to {values[-1]:g} hairs/cm²",
    }
