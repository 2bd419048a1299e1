"""The account given of one person or one record: what is known, by which bytes, and who got it.

``person``: who is asked about, and the note that somebody asked. ``trace``: the months, postings,
breaks and standing of a person. ``record``: one record of a file with what came of it.
``disclosures``: every file for a partner that carried a person's data.
"""
