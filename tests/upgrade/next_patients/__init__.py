"""Every migration of patients, and one of a release to come."""

from pathlib import Path

import patients.migrations

__path__ = [*__path__, str(Path(patients.migrations.__file__).parent)]
