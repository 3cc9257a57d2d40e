"""What can be wrong or odd about a file: every code with its sentence, and the collector that gathers them all.

An error stops the reading, but only after everything else was looked at too, so that one run names every fault.
A warning or a note goes into the study's log.
"""

from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from carpk.errors import DataError, Finding, Severity
from carpk.schema import LOG, conform

FINDINGS = MappingProxyType(
    {
        # files and sheets
        "FILE_MISSING": "There is no such file or folder.",
        "FILE_UNREADABLE": "The file cannot be opened.",
        "FILE_EMPTY": "The file or sheet holds no data.",
        "FILE_TYPE": "The file is of a kind that carpk does not read, or not of the kind its name says.",
        "FILE_DAMAGED": "The file is damaged or incomplete.",
        "FILE_UNSAFE": "The workbook unpacks to far more than a data file would, or holds forbidden parts.",
        "FILE_IGNORED": "A file or sheet was left aside.",
        "ENCODING": "The text is not in the encoding expected.",
        "SHEET_UNCLEAR": "The workbook has several sheets of data and none is named.",
        "SHEET_MISSING": "The workbook has no sheet of that name.",
        "DELIMITER_UNCLEAR": "The header does not show which character separates the columns.",
        "ROW_RAGGED": "A row has more or fewer cells than the header.",
        "QUOTE_OPEN": "A quotation mark is not closed, or stands where none may be.",
        "CHARACTER_FORBIDDEN": "The file holds a character that no data file has.",
        "CELL_MERGED": "Cells of the data are merged.",
        "CELL_ERROR": "A cell shows an error of the spreadsheet program.",
        "CELL_FORMULA": "A formula was saved without its result.",
        "HIDDEN_USED": "Hidden rows or columns were read like the others.",
        # columns
        "COLUMN_MISSING": "A column that carpk needs is not there.",
        "COLUMN_NAMELESS": "A column with data has no name.",
        "COLUMN_TWICE": "Two columns have one name, or mean the same.",
        "COLUMN_RESEMBLES": "A column's name is nearly, but not quite, one that carpk knows.",
        "COLUMN_READ": "How a column was understood.",
        "COLUMN_IGNORED": "A column was left aside.",
        "LAYOUT_UNCLEAR": "The columns fit more than one layout.",
        "HEADER_UNCLEAR": "The second row seems to belong to the header, and was not understood.",
        "COLUMN_SCALED": "A name says that its levels are logarithms or multiples.",
        "SETTINGS_UNKNOWN": "The settings name something that the data do not have.",
        # cells
        "NUMBER_NOT_UNDERSTOOD": "A cell that must hold a number holds something else.",
        "VALUE_NOT_UNDERSTOOD": "A level is neither a number nor a known text.",
        "VALUE_INFINITE": "A number is infinite or too large.",
        "FLAG_NOT_UNDERSTOOD": "A cell that must say yes or no says something else.",
        "FLAG_CONFLICT": "A level is flagged as below the limit and lies above it.",
        "STATUS_CONFLICT": "A sample's status and its level exclude each other.",
        "DATE_NOT_UNDERSTOOD": "A cell that must hold a date holds something else, or a date that reads two ways.",
        "LIMIT_CONFLICT": "A cell such as <50 and the stated limit disagree.",
        "LIMIT_NOT_POSITIVE": "A limit of quantification is zero or negative, or the upper is not above the lower.",
        "ID_AS_NUMBER": "Subject ids were stored as numbers and may have lost zeros or digits.",
        # subjects and events
        "SUBJECT_MISSING": "A row does not say whose it is.",
        "SUBJECT_STATISTIC": "A subject id is a word for a statistic, such as Mean: the row may be no subject.",
        "SUBJECT_TWICE": "A subject stands twice in the subjects table.",
        "SUBJECT_UNKNOWN": "A subject is not in the subjects table.",
        "SUBJECT_VARIES": "Rows of one subject disagree about what a subject has only once.",
        "COVARIATE_VARIES": "Rows of one subject differ in what seldom changes, as its height.",
        "SUBJECT_NEARLY_SAME": "Two subject ids differ only in case, blanks or invisible characters.",
        "SUBJECT_NORMALIZED": "A subject id was brought to the composed Unicode form (NFC).",
        "SUBJECT_NO_SAMPLES": "A subject has no samples.",
        "COHORT_ASSUMED": "No cohort was given.",
        "WEIGHT_UNIT": "Body weight came without a unit and was read as kg.",
        "EVENT_TIME_MISSING": "An event has no time.",
        "EVENT_ENDS_EARLY": "An event ends before it begins.",
        "GRADE_NOT_UNDERSTOOD": "The grade of an event is none from 0 to 5; it counts as not known.",
        "EVENT_UNKNOWN": "Events that carpk does not know; they are shown, and end no course.",
        "EVENT_UNCLEAR": "What may be an infusion or a transplant was not understood; it could end the kinetics.",
        "INFUSION_AGAIN": "A later infusion of a subject was read as a second infusion, which ends the course.",
        "INFUSION_NOT_AT_0": "The first infusion does not stand at time 0, from which carpk counts.",
        "INFUSION_FROM_EVENTS": "Dates of infusion were taken from the table of events.",
        # times
        "TIME_MISSING": "A sample has neither an actual nor a planned time.",
        "TIME_UNITS_DIFFER": "Two columns of times, or a column and the settings, are in different units.",
        "TIME_ODD": "Times look as if they were in another unit, or counted without a day 0.",
        "PREDOSE_AT_0": "Samples from the day of infusion, before it, were put at time 0.",
        "VISIT_NOT_UNDERSTOOD": "A visit's label does not say its time.",
        "INFUSION_DATE_MISSING": "Samples have dates, and the infusion's date is not given.",
        "TIME_UNIT_UNCLEAR": "The times have no unit and may not be days.",
        "TIME_CONTRADICTS_VISIT": "A sample lies before the infusion, and its visit after it.",
        "TIME_COLUMN_UNCLEAR": "A column that may hold times, or an infusion, is not understood.",
        "DATE_UNUSED": "Dates of samples were not used, as the date of infusion is missing.",
        "DATE_DIFFERS": "A sample's stated time and its dates contradict each other.",
        "DAY0_UNCLEAR": "A sample at time 0 may have been taken after the infusion.",
        "NOMINAL_DIFFERS": "Actual and planned time lie far apart.",
        "NOMINAL_USED": "A missing actual time was replaced by the planned time.",
        "DAY0_POST": "A day-0 sample taken after the infusion without a clock time was left out.",
        # units and analytes
        "UNIT_MISSING": "The unit of a level is not given.",
        "UNIT_UNKNOWN": "A unit is not one that carpk knows.",
        "UNIT_WRONG": "An analyte is given in a unit that measures something else.",
        "UNITS_DIFFER": "One analyte has units that cannot be converted into each other.",
        "UNITS_MIXED": "One analyte has several units; all were converted to one.",
        "UNIT_CONVERTED": "Levels were converted to carpk's unit for the analyte.",
        "ANALYTE_ASSUMED": "The analyte was told from its unit.",
        "ANALYTE_RESEMBLES": "An analyte's name is nearly, but not quite, one that carpk knows.",
        "ANALYTE_TWICE": "Two names of the file mean the same analyte.",
        "MATRICES_SEVERAL": "One analyte was measured in several matrices; each is a profile of its own.",
        "ANALYTES_ALIKE": "Two analytes that carpk does not know have nearly the same name.",
        "SETTINGS_UNUSED": "A setting concerned nothing in the data.",
        # plausibility
        "LEVEL_IMPOSSIBLE": "Levels that no patient has, such as a temperature of 98.6 degrees Celsius.",
        "LEVEL_HIGH": "Levels are higher than they ever should be.",
        "UNIT_DOUBTFUL": "The levels of the whole study look like levels in another unit.",
        "LEVELS_CAPPED": "Several subjects have one extreme level; it may be a limit that the file does not state.",
        "AGE_IMPOSSIBLE": "An age is negative or higher than people grow.",
        "DOSE_DOUBTFUL": "A dose is far outside those given, as if it stood under a wrong unit.",
        # levels
        "NO_CAR_T": "The data hold no levels of CAR-T cells, so there is nothing to analyze but the markers.",
        "LEVELS_COUNTED": "How many levels of an analyte have which status.",
        "LEVEL_MISSING": "Samples are listed without a level.",
        "ZERO_AS_BLQ": "Zeros without a stated limit were read as below an unknown limit.",
        "LLOQ_UNKNOWN": "Levels below the limit of quantification came without the limit.",
        "BELOW_OWN_LLOQ": "Numbers below their own limit were read as below the limit.",
        "BELOW_OTHER_LLOQ": "Numbers without a limit lie below the limit that other samples of the analyte state.",
        "ABOVE_OWN_ULOQ": "Numbers above their own upper limit were read as above the limit.",
        "ND_READ": "ND was read as not detected.",
        "NEGATIVE_LEVEL": "A level is negative.",
        "DUPLICATE_TIMES": "Two samples of one profile have the same time and different levels.",
        "DUPLICATE_EQUAL": "Two samples of one profile have the same time and the same level.",
        "EXCLUDED": "Samples that the file excludes.",
        # assessments
        "ASSESSMENT_UNKNOWN": "An assessment is not one that carpk knows.",
        "ASSESSMENT_IMPOSSIBLE": "An assessment lies outside its scale, or is no grade or tick.",
        "ASSESSMENTS_READ": "How many rows are assessments, and of what.",
    }
)
"""Code of every finding, and what it means."""


@dataclass(frozen=True, slots=True)
class Place:
    """The file and sheet that a finding is about."""

    file: str
    sheet: str = ""


NOWHERE = Place("")


@dataclass
class Findings:
    """Everything wrong or odd that the reading of one study met, in the order met."""

    found: list[Finding] = field(default_factory=list)
    log: list[dict[str, object]] = field(default_factory=list)

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        place: Place = NOWHERE,
        *,
        row: int | None = None,
        column: str = "",
        value: str = "",
    ) -> None:
        """Keep one finding; a warning or note also becomes a line of the log."""
        if code not in FINDINGS:
            raise KeyError(f"{code} is not among the codes of carpk.io.checks.FINDINGS")
        finding = Finding(code, severity, message, place.file, place.sheet, row, column, value)
        self.found.append(finding)
        if severity != "error":
            self.note(code, str(finding))

    def error(
        self,
        code: str,
        message: str,
        place: Place = NOWHERE,
        *,
        row: int | None = None,
        column: str = "",
        value: str = "",
    ) -> None:
        """Keep one fault that will stop the reading."""
        self.add("error", code, message, place, row=row, column=column, value=value)

    def warn(
        self,
        code: str,
        message: str,
        place: Place = NOWHERE,
        *,
        row: int | None = None,
        column: str = "",
        value: str = "",
    ) -> None:
        """Keep one oddity that the reader of the report should know of."""
        self.add("warning", code, message, place, row=row, column=column, value=value)

    def note(
        self,
        code: str,
        detail: str,
        *,
        subject: str = "",
        analyte: str = "",
        matrix: str = "",
        time: float = np.nan,
    ) -> None:
        """Write one line of the log."""
        self.log.append(
            {
                "stage": "read",
                "subject": subject,
                "analyte": analyte,
                "matrix": matrix,
                "time": time,
                "code": code,
                "detail": detail,
            }
        )

    @property
    def has_errors(self) -> bool:
        """Whether anything found stops the reading."""
        return any(finding.severity == "error" for finding in self.found)

    def stop_on_errors(self) -> None:
        """Raise every fault found so far, in the order of the file.

        Raises
        ------
        DataError
            At least one finding is an error.
        """
        if self.has_errors:
            raise DataError(sorted(self.found, key=lambda each: (each.file, each.sheet, each.row or 0)))

    def log_table(self) -> pd.DataFrame:
        """Return the log as a table."""
        return conform(pd.DataFrame(self.log, index=pd.RangeIndex(len(self.log))), LOG)


def rows_in_words(rows: "list[int] | np.ndarray", *, at_most: int = 5) -> str:
    """Write row numbers for a message.

    Examples
    --------
    >>> rows_in_words([2, 5, 9])
    'rows 2, 5 and 9'
    """
    listed = [str(int(row)) for row in rows[:at_most]]
    if len(rows) > at_most:
        return f"rows {', '.join(listed)} and {len(rows) - at_most} more"
    if len(listed) == 1:
        return f"row {listed[0]}"
    return f"rows {', '.join(listed[:-1])} and {listed[-1]}"
