"""Who looked at a drawn syringe before it was used, and what was in it then."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from mesoclinic.core import triggers
from treatments.sessions.models import Syringe


class SyringeCheck(models.Model):
    """A second person compared the syringe with its sheet. Written once; the latest one counts."""

    syringe = models.ForeignKey(Syringe, models.CASCADE, related_name="checks")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    contents = models.JSONField(
        help_text="What was in it: lot number and ml, in the order drawn. A change later shows."
    )

    class Meta:
        ordering = ["syringe", "pk"]
        triggers = [
            pgtrigger.Trigger(
                name="other_eyes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF EXISTS (SELECT 1 FROM treatment_sessions_syringe y
                                WHERE y.id = NEW.syringe_id AND y.prepared_by_id = NEW.checked_by_id)
                    THEN {triggers.refuse("A syringe is checked by somebody else than who prepared it.")} END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="part_of_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("is_signed", "boolean")],
                func=f"""
                    IF TG_OP = 'UPDATE' THEN {triggers.refuse("A check of a syringe is written once: check again instead.")} END IF;
                    SELECT s.status <> 'draft' INTO is_signed
                      FROM treatment_sessions_syringe y
                      JOIN treatment_sessions_treatmentsession s ON s.id = y.treatment_session_id
                     WHERE y.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.syringe_id ELSE NEW.syringe_id END
                       FOR SHARE OF s;
                    IF is_signed THEN {triggers.refuse("A session is signed: nothing in it changes.")} END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
            triggers.never_truncated("A check of a syringe"),
        ]

    def __str__(self) -> str:
        return f"check of syringe {self.syringe_id}"
