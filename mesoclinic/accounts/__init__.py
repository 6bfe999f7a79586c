"""The organisation: its clinics, the staff who sign in, and what each role may do."""
