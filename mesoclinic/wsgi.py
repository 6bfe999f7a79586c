"""What gunicorn runs."""

import os

from django.core.wsgi import get_wsgi_application

from mesoclinic.core.answer_wait import install_answer_wait

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoclinic.settings")
# The short limits: somebody waits at a browser, and behind them everybody else.
os.environ.setdefault("DATABASE_LIMITS", "page")
install_answer_wait()
application = get_wsgi_application()
