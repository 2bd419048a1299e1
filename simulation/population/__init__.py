"""A synthetic country: insured people, employers, what they paid and what they filed.

Valid checksums, plausible Thai names, nobody real. The same arguments give the same bytes.
"""

from simulation.population.generation import PopulationSummary, generate

__all__ = ["PopulationSummary", "generate"]
