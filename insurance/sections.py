"""Sections of the Act and their options, as one number per person: the plan.

A plan is the section's two digits followed by the option's two: 3900 for section 39, which has
no options, 4001 for option 1 of section 40. The payment reference begins with these digits.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from insurance.digits import Bools, Ints, numbers_of

SECTION_39 = 39
SECTION_40 = 40
NO_PLAN = -1


def plan_numbers(sections: pa.Array, options: pa.Array) -> Ints:
    """Plan of each person; int64[n].

    ``sections`` and ``options`` are utf8 of two digits. Section 39 takes no notice of an
    option. NO_PLAN where the section is neither 39 nor 40, or section 40 has no readable option.
    """
    section, _ = numbers_of(sections, 2)
    option, option_known = numbers_of(options, 2)
    with_option = (section == SECTION_40) & option_known
    plans = np.full(len(section), NO_PLAN, np.int64)
    plans[section == SECTION_39] = SECTION_39 * 100
    plans[with_option] = section[with_option] * 100 + option[with_option]
    return plans


def section_of_plan(plans: Ints) -> Ints:
    """Section number of each plan; int64[n]."""
    return plans // 100


def is_plan(plans: Ints) -> Bools:
    """Whether a number read from outside can be a plan: 3900, or 40 and an option not 00."""
    with_option = (section_of_plan(plans) == SECTION_40) & (plans % 100 != 0)
    result: Bools = (plans == SECTION_39 * 100) | with_option
    return result
