"""The settings of a release to come: one migration of patients more than this code has."""

from mesoclinic.settings import *  # noqa: F403, TID251 - the settings themselves, with one more

MIGRATION_MODULES = {"patients": "tests.upgrade.next_patients"}
