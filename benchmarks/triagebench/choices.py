"""What was decided before any figure was taken, in one place."""

from pathlib import Path

SEED = 20261128

# The seed that the shipped judge's public rows were drawn by (`--seed` of training/prepare.py): it tells which rows of
# a set without a test split the judge has never seen.
TRAINING_SEED = 20261126
WORDINGS = Path(__file__).parents[2] / "training" / "wordings"

ALPHAS = (0.01, 0.02, 0.05, 0.10)  # share of violating content that may be cleared
DELTAS = (0.05, 0.10)
RECALIBRATIONS = 1_000
PLENTY = 500  # violating labels of a calibration, where those of the set itself are too few to prove anything

OVER_BLOCK = 0.01  # of the saving, with DELTA
DELTA = 0.05
SAVINGS = 200  # calibrations
FITS = 20  # splits that the adapted judge is fitted on; each is calibrated SAVINGS / FITS times

FLIPPED = 0.05  # of the labels, at random
OVERLOOKED = 0.20  # of the violations whose score is below the median of all violations
SHIFTED = 1_500  # rows of the source that a certificate was not made for

# The simulated month. The sets are too small to prove 5 % of misses within it; with these bounds 29 violating and 59
# other labels are the fewest that prove anything.
DAYS = 30
MONTHS = 4  # each in another order
LOOP_ALPHA, LOOP_OVER_BLOCK = 0.10, 0.05
CAPACITY = 0.60  # of the first day's contents: held ones that people can rule on in a day
AUDIT = 0.10  # of a day's contents at most: those that people look at though they were decided automatically
LEARNT = 300  # latest labels that a night's refit takes, so that it ends
REVIEW_SECONDS = 30
REVIEW_ERROR = 0.05  # of all rulings, at random
FIT, COMPARE = 0.50, 0.10  # of contents by hash; the rest certifies
WORSE = 2.0  # standard errors of the loss by which a refit must be worse not to be taken
HELD_GOALS = (0.75, 0.50)  # held shares that labels are counted for
