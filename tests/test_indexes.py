"""What the indexes of tables that grow must not be. How pages use them says tests/query_plans.py."""

import pytest
from django.apps import apps
from django.db import models

from tests.query_plans import growing_tables


def leading_columns(model):
    """The first column of every index that holds all rows, without those that a foreign key makes."""
    found = {
        index.fields[0].lstrip("-") for index in model._meta.indexes if index.fields and not index.condition
    }
    return found | {
        constraint.fields[0]
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields and not constraint.condition
    }


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if model._meta.db_table in growing_tables()],
    ids=lambda m: m._meta.label,
)
def test_no_foreign_key_has_an_index_that_another_begins_with(model):
    """Such an index is disk and time of every write for nothing."""
    twice = [
        field.name
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and not field.unique and field.db_index
        if field.name in leading_columns(model)
    ]

    assert twice == []
