"""How long things take: ``DATABASE_URL=… python -m benchmarks.bench_cocktail_check``. Django is set up here."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoclinic.settings")
os.environ.setdefault("DEMO", "1")
django.setup()
