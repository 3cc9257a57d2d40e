"""What a report says, and in which order; how it looks is for `document` and its template."""

import carpk
from carpk.endpoints.table import EndpointResult
from carpk.models.population_table import PopulationFit
from carpk.models.table import FitResult
from carpk.nca.table import NcaResult
from carpk.report.cohorts import cohorts_section
from carpk.report.data import data_section
from carpk.report.dose import dose_section
from carpk.report.endpoints import endpoints_sections
from carpk.report.exposure import exposure_section
from carpk.report.front import banner_of, facts_of, refusals, title_of
from carpk.report.listing import listing_section
from carpk.report.methods import log_section, methods_section
from carpk.report.models import model_sections
from carpk.report.parts import Report
from carpk.report.patients import patients_section
from carpk.report.persistence import persistence_section
from carpk.report.pictures import pictures_section
from carpk.report.population import population_sections
from carpk.report.response import response_sections
from carpk.response.table import ResponseResult
from carpk.schema import Study


def build_report(
    study: Study,
    nca: NcaResult,
    response: ResponseResult | None = None,
    endpoints: EndpointResult | None = None,
    fits: FitResult | None = None,
    population: PopulationFit | None = None,
) -> Report:
    """Put together all that the report of a study says.

    Parameters
    ----------
    study : Study
    nca : NcaResult
        The noncompartmental analysis of that study.
    response : ResponseResult, optional
        What B cells, markers and events of that study did.
    endpoints : EndpointResult, optional
        Efficacy endpoints of that study.
    fits : FitResult, optional
        Kinetic models of each subject.
    population : PopulationFit, optional
        A kinetic model of all subjects.

    Returns
    -------
    Report
        Plain data; the figures are drawn when their turn comes.
    """
    return Report(
        title=title_of(study),
        banner=banner_of(study),
        facts=facts_of(study, nca),
        cautions=refusals(nca),
        sections=(
            data_section(study),
            *listing_section(study, nca),
            *cohorts_section(study, nca),
            *dose_section(study, nca),
            *persistence_section(nca),
            *pictures_section(study, nca),
            *model_sections(study, fits),
            *population_sections(population),
            *response_sections(study, nca, response, follow_up=endpoints is None),
            *endpoints_sections(study, nca, response, endpoints),
            *exposure_section(study, nca, response),
            *patients_section(study, nca),
            methods_section(nca),
            log_section(study, nca),
        ),
        footer=f"carpk {carpk.__version__}",
    )
