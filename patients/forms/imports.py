"""The form that takes files of patients."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from mesoclinic.core.text_files import MAX_BYTES, MAX_MB
from patients.files.days import Order

MAX_FILES = 50

#: What one request can write before a browser gives up; the commands take more.
MAX_PEOPLE = 2_000

ORDERS = ((Order.DAY_FIRST, "Day first: 31/12/1984"), (Order.MONTH_FIRST, "Month first: 12/31/1984"))


class _FilesInput(forms.FileInput):
    allow_multiple_selected = True


class _SeveralFilesField(forms.FileField):
    """Several files in one field."""

    widget = _FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file, each cleaned as Django cleans one."""
        many = data or [None]
        return [super(_SeveralFilesField, self).clean(one, initial) for one in many]


class UploadForm(forms.Form):
    chosen = _SeveralFilesField(
        label="Files",
        allow_empty_file=True,  # said by name below, with the others
        help_text=f"CSV lists and FHIR R4 bundles, up to {MAX_FILES} at once, {MAX_MB} MB together.",
        error_messages={"required": "Choose at least one file."},
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        return helper

    def clean_chosen(self) -> list[Any]:
        """The files; ValidationError where they are too many or too large."""
        files = self.cleaned_data["chosen"]
        if len(files) > MAX_FILES:
            raise forms.ValidationError(f"Choose at most {MAX_FILES} files at once.")
        if sum(file.size for file in files) > MAX_BYTES:
            raise forms.ValidationError(
                f"The files are larger than {MAX_MB} MB together. Import them in parts."
            )
        return files
