"""Settings that concern nothing in the data: a typing error there would change the reading in silence."""

import numpy as np

from carpk.errors import did_you_mean
from carpk.io.cells import CellError, plain_word, read_number
from carpk.io.checks import NOWHERE, Findings, Place
from carpk.io.mapping import Mapping
from carpk.io.sheet import Table, Words


def refuse_unused_settings(tables: list[Table], mapping: Mapping, findings: Findings) -> None:
    """Refuse columns and visits of the settings that the data do not have; warn of words that no cell has."""
    names = {name for table in tables for name in table.names}
    place: Place = tables[0].place if tables else NOWHERE
    for column in mapping.columns:
        if column not in names:
            hint = did_you_mean(column, names)
            findings.error(
                "SETTINGS_UNKNOWN", f"[columns]: the data have no column {column!r}.{hint}", place, column=column
            )
    if mapping.visits:
        labels = names | {name.partition(" / ")[2] for name in names} | _labels(tables)
        for visit in mapping.visits:
            if visit not in labels:
                hint = did_you_mean(visit, labels)
                findings.error(
                    "SETTINGS_UNKNOWN", f"[visits]: the data have no visit {visit!r}.{hint}", place, value=visit
                )
    if mapping.values:
        _warn_of_unused_words(tables, mapping, place, findings)


def _labels(tables: list[Table]) -> set[str]:
    """Labels of visits, of one column and of two joined as the samples' times are."""
    labels: set[str] = set()
    for table in tables:
        columns = [Words.of(each.cells) for role in ("visit", "timepoint") for each in table.all(role)]
        stripped = [words.renamed([word.strip() for word in words.words]) for words in columns]
        labels.update(word for words in stripped for word in words.words)
        if len(stripped) == 2:
            pairs = zip(stripped[0].text(), stripped[1].text(), strict=True)
            labels.update(f"{first} {second}".strip() for first, second in pairs)
    return labels


def _warn_of_unused_words(tables: list[Table], mapping: Mapping, place: Place, findings: Findings) -> None:
    words: set[str] = set()
    numbers: set[float] = set()
    for table in tables:
        for column in table.fields:
            if column.cells.dtype == np.float64:
                numbers.update(np.unique(column.cells).tolist())
            else:
                words.update(plain_word(word) for word in Words.of(column.cells).words)
    for word, meaning in mapping.values.items():
        if plain_word(word) not in words and _number(word, mapping) not in numbers:
            findings.warn("SETTINGS_UNUSED", f"[values]: no cell says {word!r} (= {meaning!r}).", place, value=word)


def _number(word: str, mapping: Mapping) -> float | None:
    try:
        return read_number(word, mapping.decimal)
    except CellError:
        return None
