"""A payment counter, played: reads its drop as a partner would, takes payments, answers.

Nothing here imports prakan's own packages. The layouts are typed in from the partner
specification pages, as a partner's programmer would, so that a mistake in ours shows.
"""
