"""What is made of the patient's own blood for one session: drawn, checked twice, spun, injected, the rest thrown away."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import ml_field
from patients.models import Patient
from treatments.sessions.models.sessions import TreatmentSession
from treatments.stock.models import Lot

_ONE_SESSION = "What is made of a patient’s blood is of one session and one patient: draw again."


class BloodPreparation(models.Model):
    """One tube of one patient, for one session, with one kit. Never kept, never given to anybody else."""

    treatment_session = models.ForeignKey(
        TreatmentSession,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="blood_preparations",
        help_text="Empty where it was thrown away and the session was discarded after it.",
    )
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="blood_preparations", help_text="Of the kit.")
    drawn_ml = ml_field(help_text="Blood.")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    limit_minutes = models.PositiveSmallIntegerField(
        help_text="From drawing to injecting, as the rule said then."
    )
    limit_source = models.CharField(max_length=600, help_text="Who says so.")
    use_before = models.DateTimeField(editable=False, help_text="Kept by a trigger.")
    spun_at = models.DateTimeField(null=True, blank=True)
    spun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    spin_minutes = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    spin_g = models.PositiveIntegerField(null=True, blank=True)
    spin_rpm = models.PositiveIntegerField(null=True, blank=True)
    obtained_ml = ml_field(null=True, blank=True, help_text="Plasma.")
    injected_at = models.DateTimeField(null=True, blank=True)
    injected_said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    late_reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why it was injected after its time; it is on record all the same.",
    )
    rest_discarded_at = models.DateTimeField(null=True, blank=True)
    rest_discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    rest_ml = ml_field(null=True, blank=True, help_text="What was not drawn up; set by the signature.")
    abandoned_at = models.DateTimeField(null=True, blank=True)
    abandoned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    abandoned_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["treatment_session"],
                condition=Q(abandoned_at=None),
                name="one_blood_preparation_in_a_session",
            ),
            models.CheckConstraint(condition=Q(drawn_ml__gt=0, limit_minutes__gt=0), name="blood_was_drawn"),
            models.CheckConstraint(
                condition=Q(
                    spun_at=None,
                    spun_by=None,
                    spin_minutes=None,
                    spin_g=None,
                    spin_rpm=None,
                    obtained_ml=None,
                )
                | (
                    Q(
                        spun_at__isnull=False,
                        spun_by__isnull=False,
                        spin_minutes__isnull=False,
                        obtained_ml__isnull=False,
                    )
                    & Q(spin_minutes__gt=0, obtained_ml__gt=0, spun_at__gte=F("drawn_at"))
                    & (Q(spin_g__isnull=False, spin_g__gt=0) | Q(spin_rpm__isnull=False, spin_rpm__gt=0))
                ),
                name="blood_spin_is_said_whole",
            ),
            models.CheckConstraint(
                condition=Q(obtained_ml=None) | Q(obtained_ml__lt=F("drawn_ml")),
                name="plasma_is_less_than_the_blood",
            ),
            models.CheckConstraint(
                condition=Q(injected_at=None, injected_said_by=None, late_reason="")
                | (
                    Q(injected_at__isnull=False, injected_said_by__isnull=False, spun_at__isnull=False)
                    & Q(injected_at__gte=F("spun_at"))
                ),
                name="blood_is_spun_before_it_is_injected",
            ),
            models.CheckConstraint(
                condition=Q(injected_at=None) | Q(injected_at__lte=F("use_before")) | ~Q(late_reason=""),
                name="blood_is_injected_in_its_time",
                violation_error_message="Its time is over: throw it away.",
            ),
            models.CheckConstraint(
                condition=Q(rest_discarded_at=None, rest_discarded_by=None, rest_ml=None)
                | (
                    Q(
                        rest_discarded_at__isnull=False,
                        rest_discarded_by__isnull=False,
                        injected_at__isnull=False,
                    )
                    & (Q(rest_ml=None) | Q(rest_ml__gte=0))
                ),
                name="rest_of_blood_discarded_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(abandoned_at=None, abandoned_by=None, abandoned_reason="")
                | (
                    Q(abandoned_at__isnull=False, abandoned_by__isnull=False, injected_at=None)
                    & ~Q(abandoned_reason="")
                ),
                name="abandoned_blood_says_who_and_why",
            ),
            models.CheckConstraint(
                condition=Q(treatment_session__isnull=False) | Q(abandoned_at__isnull=False),
                name="blood_is_of_a_session_or_thrown_away",
            ),
        ]
        triggers = [
            *core_triggers.never_deleted_triggers("A preparation from blood", "throw it away, and say why."),
            core_triggers.Trigger(
                name="own_blood_only",
                doc="writes its own use_before: drawn_at and the limit",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("s", "record"), ("l", "record"), ("most", "integer")],
                func=f"""
                    SELECT patient_id, clinic_id, status, performed_on INTO s
                      FROM treatment_sessions_treatmentsession WHERE id = NEW.treatment_session_id FOR SHARE;
                    IF s.patient_id IS DISTINCT FROM NEW.patient_id
                    THEN {core_triggers.raise_exception_sql(_ONE_SESSION)} END IF;
                    IF s.status <> 'draft'
                    THEN {core_triggers.raise_exception_sql("A session is signed: nothing in it changes.")} END IF;
                    SELECT k.clinic_id, k.status, k.expires_on, k.on_hand_ml, k.product_id, p.presentation INTO l
                      FROM stock_lot k JOIN catalogue_product p ON p.id = k.product_id
                     WHERE k.id = NEW.lot_id FOR SHARE OF k;
                    IF l.clinic_id IS DISTINCT FROM s.clinic_id OR l.presentation <> 'kit'
                    THEN {core_triggers.raise_exception_sql("Blood is drawn with a kit of this clinic.")} END IF;
                    IF l.status <> 'released' OR l.expires_on < s.performed_on OR l.on_hand_ml <= 0
                    THEN {core_triggers.raise_exception_sql("This kit is expired, empty or not released: take another.")} END IF;
                    SELECT min(b.minutes) INTO most FROM catalogue_bloodlimit b
                      JOIN catalogue_productcontent c ON c.ingredient_id = b.ingredient_id
                     WHERE c.product_id = l.product_id AND b.retired_at IS NULL;
                    IF most IS NULL OR NEW.limit_minutes > most
                    THEN {core_triggers.raise_exception_sql("What is made of blood waits no longer than its limit on file.")} END IF;
                    NEW.use_before := NEW.drawn_at + NEW.limit_minutes * interval '1 minute';
                    RETURN NEW;
                """,
            ),
            # Who, from whom, with which kit and when stays; a session is let go of only where it was thrown away.
            core_triggers.Trigger(
                name="of_one_session",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("is_signed", "boolean")],
                func=f"""
                    IF (OLD.patient_id, OLD.lot_id, OLD.drawn_at, OLD.drawn_ml, OLD.drawn_by_id, OLD.limit_minutes,
                        OLD.limit_source, OLD.use_before)
                       IS DISTINCT FROM (NEW.patient_id, NEW.lot_id, NEW.drawn_at, NEW.drawn_ml, NEW.drawn_by_id,
                        NEW.limit_minutes, NEW.limit_source, NEW.use_before)
                       OR (NEW.treatment_session_id IS DISTINCT FROM OLD.treatment_session_id
                           AND NEW.treatment_session_id IS NOT NULL)
                    THEN {core_triggers.raise_exception_sql(_ONE_SESSION)} END IF;
                    IF OLD.abandoned_at IS NOT NULL AND (to_jsonb(OLD) - 'treatment_session_id')
                       IS DISTINCT FROM (to_jsonb(NEW) - 'treatment_session_id')
                    THEN {core_triggers.raise_exception_sql("This was thrown away: draw again.")} END IF;
                    SELECT p.status <> 'draft' INTO is_signed FROM treatment_sessions_treatmentsession p
                     WHERE p.id = OLD.treatment_session_id FOR SHARE;
                    IF is_signed AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)
                    THEN {core_triggers.raise_exception_sql("A session is signed: nothing in it changes.")} END IF;
                    IF OLD.spun_at IS NULL AND NEW.spun_at IS NOT NULL AND (
                        SELECT count(DISTINCT c.checked_by_id) FROM treatment_sessions_bloodidentitycheck c
                         WHERE c.preparation_id = NEW.id AND c.at <= NEW.spun_at) < 2
                    THEN {core_triggers.raise_exception_sql("Two people check the tube before the spin.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"preparation from blood {self.pk}"


class BloodIdentityCheck(models.Model):
    """Somebody read the record number on the tube and asked the patient who they are. Two people do, before the spin."""

    preparation = models.ForeignKey(
        BloodPreparation, models.PROTECT, related_name="identity_checks", db_index=False
    )
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    record_number = models.CharField(max_length=20, help_text="As it stands on the tube.")

    class Meta:
        ordering = ["preparation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["preparation", "checked_by"],
                name="blood_is_checked_by_two_people",
                violation_error_message="You have checked this tube: somebody else checks it too.",
            )
        ]
        triggers = [
            *core_triggers.append_only_triggers("A check of a tube"),
            core_triggers.Trigger(
                name="tube_is_the_patients",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("tube", "record")],
                func=f"""
                    SELECT p.record_number, b.spun_at, b.abandoned_at, b.drawn_at INTO tube
                      FROM treatment_sessions_bloodpreparation b JOIN patients_patient p ON p.id = b.patient_id
                     WHERE b.id = NEW.preparation_id FOR SHARE OF b;
                    IF NEW.record_number IS DISTINCT FROM tube.record_number
                    THEN {core_triggers.raise_exception_sql("The tube is another patient’s: throw it away and draw again.")} END IF;
                    IF tube.spun_at IS NOT NULL OR tube.abandoned_at IS NOT NULL OR NEW.at < tube.drawn_at
                    THEN {core_triggers.raise_exception_sql("A tube is checked between the draw and the spin.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"check of preparation {self.preparation_id}"


class SessionWithBlood(TreatmentSession):
    """A session as its preparation sees it: the guard of the signature is kept here."""

    class Meta:
        proxy = True
        triggers = [
            core_triggers.Trigger(
                name="signed_with_its_blood",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__status="signed"),
                func=f"""
                    IF EXISTS (
                        SELECT 1 FROM treatment_sessions_dose d JOIN catalogue_product p ON p.id = d.product_id
                         WHERE d.treatment_session_id = NEW.id AND p.presentation = 'kit'
                           AND NOT EXISTS (
                               SELECT 1 FROM treatment_sessions_bloodpreparation b
                                WHERE b.treatment_session_id = NEW.id AND b.patient_id = NEW.patient_id
                                  AND b.lot_id = d.lot_id AND b.abandoned_at IS NULL
                                  AND b.injected_at IS NOT NULL AND b.rest_discarded_at IS NOT NULL
                                  AND b.obtained_ml = b.rest_ml + (
                                      SELECT sum(x.ml) FROM treatment_sessions_dose x
                                       WHERE x.treatment_session_id = NEW.id AND x.lot_id = d.lot_id)))
                    THEN {core_triggers.raise_exception_sql("What is made of the patient’s blood is signed with its preparation: checked, spun, injected, the rest thrown away.")} END IF;
                    IF EXISTS (
                        SELECT 1 FROM treatment_sessions_bloodpreparation b
                         WHERE b.treatment_session_id = NEW.id AND b.abandoned_at IS NULL
                           AND NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                            WHERE d.treatment_session_id = NEW.id AND d.lot_id = b.lot_id))
                    THEN {core_triggers.raise_exception_sql("Blood was drawn in this session and not given: throw it away first.")} END IF;
                    RETURN NULL;
                """,
            )
        ]
