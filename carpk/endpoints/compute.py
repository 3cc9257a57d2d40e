"""Every endpoint that the assessments of a study allow, in one pass over its visits."""

import numpy as np

from carpk.endpoints.activity import add_activity
from carpk.endpoints.inputs import Inputs
from carpk.endpoints.laboratory import add_drugs, add_kidney, add_serology
from carpk.endpoints.logic import truth
from carpk.endpoints.measures import Measures
from carpk.endpoints.rules import EndpointRules


def compute_endpoints(inputs: Inputs, rules: EndpointRules) -> Measures:
    """Compute every endpoint that the assessments allow.

    Parameters
    ----------
    inputs : Inputs
        What was assessed at every visit.
    rules : EndpointRules

    Returns
    -------
    Measures
        Also what could not be computed, for want of which assessments.
    """
    found = Measures(inputs)
    failed = inputs.rescued if rules.rescue == "failure" else np.zeros(len(inputs.rescued), bool)
    no_failure = truth(~failed)
    prednisolone = inputs.prednisolone(rules.prednisolone_equals)
    add_activity(found, rules, prednisolone, no_failure)
    add_serology(found)
    add_kidney(found, rules, prednisolone, no_failure)
    add_drugs(found, rules, prednisolone)
    return found
