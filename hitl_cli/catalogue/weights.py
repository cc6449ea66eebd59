"""What counts for how much in the score of an entry, and from which score on what is done.

A score is between 0 and 1, near enough. The weights were found with `tests.catalogue.crossvalidate` and the requests
for tuning; one that is changed is measured with both.
"""

# What the score is made of.
COVERAGE = 0.57
"""How much of the request the entry is about, whatever phrase of it has the words."""
SIMILARITY = 0.43
"""How much the request is like the most similar of the phrases of the entry."""

# What a word counts for.
SYNONYM = 0.65
"""One of the same meaning, against the word itself."""
SPELLING = 0.85
"""One that is spelt nearly like a word that nobody knows."""
UNKNOWN = 0.3
"""One that the catalogue does not have."""
IN_VALUE = 0.1
"""One that it does not have, and that is a part of a value."""
VALUE = 0.6
"""How well a value must suit some kind of slot, for its words to be a part of it."""
KIND_WORD = 0.4
"""One that is not in the request, and says what a value is."""
MIN_KNOWN = 0.4
"""The share of the telling words that must be known; an everyday word counts half."""
FILLER = 0.3
"""A filler of the request, against what it would, in how much of the request is covered."""
USED = 0.2
"""A word that went into the command, in what the entry is called."""

# What speaks for an entry, or against it, beside its words.
VERB = 0.08
"""For: the verb of its change begins the request. Against: the verb itself is missing, or the outcome is to be seen."""
EXCLUSION_MISMATCH = 0.05
"""Against: it leaves something out and the request does not, or the other way round."""
SPECIAL_CASE = 0.12
"""Against: it is for a special case that nobody spoke of."""
UNPLACED = 0.1
"""Against: it has no place for a value; half as much for a word that may be a name."""
PLACED = 0.05
"""For: it has a place for a value; twice at most."""
ROLE = 0.08
"""For: a value is said to be what its slot wants."""
UNFILLED = 0.09
"""Against: one of its slots stays open."""
FORMAT = 0.08
"""For: its program is the one for the archive. Against, twice: it is not."""
OWN = 0.1
"""For: the person wrote it."""
CONTEXT = 0.05
"""For: the folder is what it is for: a git repository, a Node project."""
NO_REPOSITORY = 0.06
"""Against: it is for a git repository, and this is none."""
NOT_INSTALLED = 0.02
"""Against: a program that it needs is not installed."""

# From which score on.
GOOD = 0.27
"""The best entry is proposed; below it, an entry is a hint at best."""
OFFERED = 0.08
"""An entry is offered after one that is good."""
MIN_CHANGE = 0.36
"""An entry that changes something may come first."""
MARGIN = 0.06
"""By how much a change must be better than what only reads, to come before it."""
CERTAIN = 0.75
"""An entry serves even a request that looks as if it needed a language model."""
GOOD_DESPITE_UNKNOWN = 0.6
"""An entry serves even a request with many words that it does not know."""
PROBABLE = 0.7
"""An entry serves even a request with a word that it does not know, and none that belongs to computers."""
OFF_TOPIC = 1.5
"""How much more is unknown than known of a request that is about something else."""
OWN_SIMILARITY = 0.8
"""How much a request is like the phrase of a change that the person wrote, to need none of its verbs."""
