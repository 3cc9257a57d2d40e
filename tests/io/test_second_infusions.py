"""Second infusions and transplants end a course: none may be passed over, whatever it is called."""

from pathlib import Path

import pytest

from carpk.errors import DataError
from carpk.io.columns import recognize
from carpk.io.event_words import event_of, may_be_a_course, names_a_course
from carpk.io.study import read_study
from carpk.schema import Study

SAMPLES = "subject,sample date,CRP (mg/L)\nA,2024-01-08,1\nA,2024-04-12,1\n"


def study_of(path: Path, samples: str, events: str) -> Study:
    (path / "samples.csv").write_text(samples, encoding="utf-8")
    (path / "events.csv").write_text(events, encoding="utf-8")
    return read_study(path)


def test_the_first_of_two_infusions_is_day_zero_and_the_later_one_a_second_infusion(tmp_path: Path):
    study = study_of(tmp_path, SAMPLES, "subject,event,date\nA,Infusion,2024-04-05\nA,Infusion,2024-01-01\n")
    assert study.subjects["infusion_date"].tolist() == ["2024-01-01"]
    assert study.samples["time"].tolist() == [7.0, 102.0]  # 31 + 29 + 31 + 11 days
    assert study.events[["event", "time"]].to_numpy().tolist() == [["infusion", 0.0], ["second_infusion", 95.0]]
    assert "INFUSION_AGAIN" in set(study.log["code"])


def test_a_second_row_called_infusion_on_day_95_is_a_second_infusion(tmp_path: Path):
    study = study_of(tmp_path, "subject,day,CRP (mg/L)\nA,7,1\n", "subject,event,day\nA,Infusion,0\nA,Infusion,95\n")
    assert study.events[["event", "time"]].to_numpy().tolist() == [["infusion", 0.0], ["second_infusion", 95.0]]


def test_two_rows_for_the_infusion_of_one_day_are_one_course(tmp_path: Path):
    study = study_of(
        tmp_path, "subject,day,CRP (mg/L)\nA,7,1\n", "subject,event,day\nA,Infusion,0\nA,CAR-T infusion,0.1\n"
    )
    assert set(study.events["event"]) == {"infusion"}


def test_one_of_two_infusions_without_a_day_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="has no time"):
        study_of(tmp_path, "subject,day,CRP (mg/L)\nA,7,1\n", "subject,event,day\nA,Infusion,0\nA,Infusion,\n")


def test_a_first_infusion_elsewhere_than_at_day_zero_is_told(tmp_path: Path):
    study = study_of(tmp_path, "subject,day,CRP (mg/L)\nA,7,1\n", "subject,event,day\nA,Infusion,6\n")
    assert "INFUSION_NOT_AT_0" in set(study.log["code"])


def test_the_clock_column_of_the_events_counts_for_the_infusion(tmp_path: Path):
    samples = "subject,sample date,CRP (mg/L)\nA,2024-01-02 22:00,1\n"
    study = study_of(tmp_path, samples, "subject,event,date,clock time\nA,Infusion,2024-01-01,10:00\n")
    assert study.samples["time"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Second infusion of CAR-T", "second_infusion"),
        ("2nd CAR-T infusion", "second_infusion"),
        ("Second CAR-T", "second_infusion"),
        ("CAR-T reinfusion", "second_infusion"),
        ("CAR-T infusion #2", "second_infusion"),
        ("CAR-T细胞第二次回输", "second_infusion"),
        ("allo-HSCT", "transplant"),
        ("ASCT", "transplant"),
        ("异基因造血干细胞移植", "transplant"),
        ("CD19 CAR-T infusion", "infusion"),
        ("Tocilizumab infusion", "tocilizumab"),
        ("Fever", ""),
    ],
)
def test_an_event_in_common_words_is_understood(words: str, key: str):
    assert event_of(words) == key


def test_a_transplant_is_never_harmless_for_the_other_words_beside_it():
    assert names_a_course("Transplant of blood stem cells with related complications")


@pytest.mark.parametrize("words", ["Infusion related reaction", "IVIG infusion", "Prior HSCT", "End of infusion"])
def test_words_that_are_no_course_of_cells_are_not_taken_for_one(words: str):
    assert (event_of(words), names_a_course(words)) == ("", False)


@pytest.mark.parametrize("words", ["Fever after CAR-T infusion", "回输后发热", "Corticosteroid post-infusion"])
def test_what_happened_after_the_infusion_is_no_infusion(words: str):
    assert (event_of(words), may_be_a_course(words)) == ("", False)


def test_an_event_that_may_be_an_infusion_and_is_not_understood_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"row 2, column 'event': 'Top-up infusion' may be an infusion"):
        study_of(tmp_path, "subject,day,CRP (mg/L)\nA,7,1\n", "subject,event,day\nA,Top-up infusion,40\n")


def test_events_unknown_to_carpk_are_named(tmp_path: Path):
    study = study_of(tmp_path, "subject,day,CRP (mg/L)\nA,7,1\n", "subject,event,day\nA,Fever,2\n")
    told = study.log.set_index("code")["detail"]["EVENT_UNKNOWN"]
    assert "'Fever'" in told


@pytest.mark.parametrize(
    ("name", "role", "event"),
    [
        ("Second infusion (day)", "event_time", "second_infusion"),
        ("Re-infusion (day)", "event_time", "second_infusion"),
        ("Infusion 2 (day)", "event_time", "second_infusion"),
        ("Infusion 2 day", "event_time", "second_infusion"),
        ("Study day of second infusion", "event_time", "second_infusion"),
        ("allo-HSCT day", "event_time", "transplant"),
        ("第二次回输天数", "event_time", "second_infusion"),
        ("二次回输日期", "event_date", "second_infusion"),
        ("tocilizumab_day", "event_time", "tocilizumab"),
        ("crs onset", "event_time", "crs"),
        ("Date of CAR-T infusion", "infusion_date", ""),
        ("CAR-T回输日期", "infusion_date", ""),
        ("细胞回输日期", "infusion_date", ""),
        ("PCRFTDTC", "infusion_date", ""),
    ],
)
def test_a_column_of_an_event_is_known_by_its_name(name: str, role: str, event: str):
    meaning = recognize(name)
    assert (meaning.role, meaning.event) == (role, event)


@pytest.mark.parametrize("name", ["second infusion", "infusion", "Boost infusion day", "回输次数", "HSCT status"])
def test_a_column_that_may_say_an_infusion_or_transplant_is_refused(refused, name: str):
    (found,) = refused(f"subject,day,CRP (mg/L),{name}\nA,7,1,1\n")
    assert (found.code, found.column) == ("TIME_COLUMN_UNCLEAR", name)


def test_a_covariate_as_of_the_infusion_is_no_time(read):
    assert read("subject,day,CRP (mg/L),disease score at infusion\nA,7,1,4\n").subjects.loc[
        0, "disease score at infusion"
    ] == pytest.approx(4)


def test_an_event_among_the_samples_that_ends_the_course_is_refused(refused):
    (found,) = refused("subject,day,CRP (mg/L),event\nA,7,1,\nA,95,1,Second CAR-T infusion\n")
    assert (found.code, found.value) == ("EVENT_UNCLEAR", "Second CAR-T infusion")


def test_a_harmless_event_among_the_samples_is_told_not_to_be_read(read):
    study = read("subject,day,CRP (mg/L),event\nA,7,1,fever\n")
    assert "COLUMN_IGNORED" in set(study.log["code"])
    assert study.events.empty
