"""What gunicorn runs."""

import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from mesoclinic.core.answer_wait import install_database_wait_callback

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesoclinic.settings")
# The short limits: somebody waits at a browser, and behind them everybody else.
os.environ.setdefault("DATABASE_LIMITS", "page")
install_database_wait_callback()
application = get_wsgi_application()
# By its name: it needs the models, which stand only now.
import_string("mesoclinic.operations.start.exit_unless_safe")()
