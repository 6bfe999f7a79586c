"""An accepted quote to take money for."""

from tests.treatments.billing.conftest import (  # noqa: F401
    accepted,
    draft,
    issued,
    patient,
    plan,
    price_list,
    publish,
    version,
)
