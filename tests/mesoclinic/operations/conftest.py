"""No test meets the faults of the one before."""

import pytest

from mesoclinic.core.fault_log import fault_log


@pytest.fixture(autouse=True)
def as_in_a_new_process():
    fault_log.forget_all_faults()
    yield
    fault_log.forget_all_faults()
