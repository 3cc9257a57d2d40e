"""What a composite endpoint says at every visit: met or not, and each of its criteria."""

from collections.abc import Mapping
from dataclasses import dataclass

from carpk.endpoints.logic import Truth, all_of


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """An endpoint at every visit.

    Attributes
    ----------
    components : mapping of str to (n,) Truth
        Each criterion.
    met : (n,) Truth
        The whole.
    applies : (n,) Truth or None
        Whether the definition says anything of the subject; unknown where that hangs on a missing baseline. None: yes.
    """

    components: Mapping[str, Truth]
    met: Truth
    applies: Truth | None = None

    @classmethod
    def of_all(cls, components: Mapping[str, Truth], *, applies: Truth | None = None) -> "Outcome":
        """Ask for all criteria."""
        return cls(components, all_of(*components.values()), applies)
