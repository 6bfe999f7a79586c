"""manage.py import_fhir, import_patients."""
