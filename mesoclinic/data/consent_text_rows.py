"""The wordings of consents as rows of the database."""

from collections.abc import Mapping

from mesoclinic.data.rows import Catalogue


def consent_text_rows_to_load(data: Catalogue) -> list[Mapping[str, object]]:
    return [
        {
            "kind": text.kind,
            "language": text.language,
            "version": text.version,
            "title": text.title,
            "body": text.body,
        }
        for text in data.consent_texts
    ]
