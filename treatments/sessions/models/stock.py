"""What sessions add to the stock ledger: medicine leaves it into a patient or not at all."""

import pgtrigger

from mesoclinic.core import triggers
from treatments.catalogue.models import StockMovement


class UseOfStock(StockMovement):
    """The ledger as sessions see it. The catalogue stands below and knows no session, so the law is kept here."""

    class Meta:
        proxy = True
        triggers = [
            # At commit, because the ledger is written before the session is signed.
            pgtrigger.Trigger(
                name="only_into_a_patient",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__kind="use"),
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM treatment_sessions_dose d
                                     JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
                                    WHERE d.movement_id = NEW.id AND s.status <> 'draft')
                    THEN {triggers.refuse("Medicine leaves stock only into a patient: sign it in a session.")} END IF;
                    RETURN NULL;
                """,
            )
        ]
