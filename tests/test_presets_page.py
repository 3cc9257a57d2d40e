"""docs/presets.md says what carpk computes."""

import re
from pathlib import Path

import pandas as pd
import pytest
from reference.oracle_profiles import PROFILES

import carpk
from carpk.nca.rules import PRESETS

PAGE = (Path(__file__).parents[1] / "docs" / "presets.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^### .*\(`(\w+)`\)")


def printed():
    """Every cell of the tables of oracle profiles: (parameter, profile, preset) and what stands there."""
    parameter, presets, cells = "", [], {}
    for line in PAGE.splitlines():
        if found := HEADING.match(line):
            parameter = found[1]
        elif parameter and line.startswith("| |"):
            presets = re.findall(r"`(\w+)`", line)
        elif parameter and line.startswith("| P"):
            name, *texts = (cell.strip() for cell in line.strip("|").split("|"))
            cells |= {(parameter, name, preset): text for preset, text in zip(presets, texts, strict=True)}
    return cells


@pytest.fixture(scope="module")
def comparison():
    pairs = [(name, *pair.split(":")) for name, text in PROFILES.items() for pair in text.split(",")]
    frame = pd.DataFrame(
        {
            "subject": [name for name, _, _ in pairs],
            "time": [float(day) for _, day, _ in pairs],
            "value": ["<50" if level == "0" else level for _, _, level in pairs],
            "unit": "copies/ug",
            "lloq": 50.0,
            "analyte": "car_t_qpcr",
        }
    )
    return carpk.compare_rules(frame)


def test_the_page_has_every_profile_under_every_preset():
    parameters = ("auc_0_28d", "auc_28_90d", "auc_0_90d", "lambda_z")
    assert set(printed()) == {(key, name, preset) for key in parameters for name in PROFILES for preset in PRESETS}


@pytest.mark.parametrize("parameter", ["auc_0_28d", "auc_28_90d", "auc_0_90d", "lambda_z"])
def test_every_number_of_the_page_is_the_one_computed(comparison, parameter):
    rows = comparison.values[comparison.values["parameter"] == parameter].set_index("subject")
    for (key, name, preset), text in printed().items():
        if key != parameter:
            continue
        reason = rows.loc[name, f"{preset}_reason"]
        computed = reason or f"{rows.loc[name, preset]:.{10 if key == 'lambda_z' else 4}f}"
        assert (name, preset, text) == (name, preset, computed)


def test_the_page_names_every_preset_once_in_its_table_of_choices():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE) == list(PRESETS)
