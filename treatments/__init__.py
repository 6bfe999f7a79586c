"""What is done for a patient: a package of apps, not itself an app.

A course runs left to right; imports run right to left, never the other way:

    conditions ─┐
                ├─> cocktails ─> plans ─> schedule ─> sessions ─> recalls
    catalogue ──┘

What is wrong with the patient (conditions) and what there is to inject (catalogue) meet in a
formulation (cocktails); a plan repeats it at intervals and prices it (plans); the calendar finds the
time (schedule); a session gives it and writes down what happened (sessions); a lot that is called back is
followed to everyone who received it (recalls).
"""
