"""How many examples a property is tried on. Read by every run, with Django or without."""

import os

from hypothesis import HealthCheck, settings

# A busy machine is no reason for a property to fail: time is not what these tests are about.
settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
#: For make fuzz: fifty times as many examples.
settings.register_profile("fuzz", settings.get_profile("suite"), max_examples=2500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
