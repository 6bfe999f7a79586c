"""Formulations: what goes into one syringe for one patient, checked, signed, then frozen."""
