"""The weights in the score of an entry, and the thresholds for proposing it.

A score is roughly between 0 and 1. The weights were tuned with `tests.catalogue.crossvalidate` and the requests for
tuning; measure a change with both.
"""

# The parts of the score.
COVERAGE = 0.57
"""How much of the request the entry covers, with all its phrases."""
SIMILARITY = 0.43
"""How similar the request is to the most similar phrase of the entry."""

# The weights of words.
SYNONYM = 0.65
"""A synonym."""
SPELLING = 0.85
"""A term that is spelled similarly to an unknown word."""
UNKNOWN = 0.3
"""A word that the catalogue does not have."""
IN_VALUE = 0.1
"""A word that it does not have and that is part of a value."""
VALUE = 0.6
"""The fit for some kind of slot from which on a word is part of a value."""
KIND_WORD = 0.4
"""A word that is not in the request, for the kind of a value."""
MIN_KNOWN = 0.4
"""The share of the informative words that must be known; an everyday word counts half."""
FILLER = 0.3
"""A filler of the request, in the coverage."""
USED = 0.2
"""A word that fills a slot, in the phrases of the entry."""

# Bonuses and penalties.
VERB = 0.08
"""Bonus: the request begins with its verb. Penalty: its verb is missing, or the request only wants to see."""
EXCLUSION_MISMATCH = 0.05
"""Penalty: it excludes something and the request does not, or the other way round."""
SPECIAL_CASE = 0.12
"""Penalty: it is for a special case that the request does not mention."""
UNPLACED = 0.1
"""Penalty: it has no slot for a value; half as much for a word that may be a name."""
PLACED = 0.05
"""Bonus: it has a slot for a value; at most twice."""
ROLE = 0.08
"""Bonus: the request gives a value the role of its slot."""
UNFILLED = 0.09
"""Penalty: one of its slots stays unfilled."""
FORMAT = 0.08
"""Bonus: its program handles the archive. Penalty, twice: it does not."""
OWN = 0.1
"""Bonus: it is the person's own."""
CONTEXT = 0.05
"""Bonus: it is for this type of folder: a git repository, a Node project."""
NO_REPOSITORY = 0.06
"""Penalty: it is for a git repository, and this is not one."""
NOT_INSTALLED = 0.02
"""Penalty: a program that it needs is not installed."""

# Thresholds of the score.
GOOD = 0.27
"""The best entry is proposed; below this, an entry is at most a hint."""
OFFERED = 0.08
"""An entry is offered after the best one."""
MIN_CHANGE = 0.36
"""An entry that changes something may come first."""
MARGIN = 0.06
"""By how much an entry that changes something must be better than one that only reads, to come first."""
CERTAIN = 0.75
"""An entry is proposed even if the request seems to need a language model."""
GOOD_DESPITE_UNKNOWN = 0.6
"""An entry is proposed even if it does not know many words of the request."""
PROBABLE = 0.7
"""An entry is proposed even if it does not know a word of the request, and no word is technical."""
OFF_TOPIC = 1.5
"""The ratio of unknown to known words from which on a request is off topic."""
OWN_SIMILARITY = 0.8
"""The similarity from which on the person's own entry needs no verb in the request."""
