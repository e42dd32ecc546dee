"""A/B tests: two scripts on one channel of a campaign. Read it in this order.

model        what a test is, and the exposure of a lead to it
variants     which variant a lead is given (scripts/choosing asks)
exposing     what a transaction means for tests, put into it
figures      what was counted for the variants
inference    which variant converts better: an answer that may be looked at at any time
results      what a test says by now, also in words; stats: what the test itself shows
ending       how a test ends, by its figures, at its horizon or by hand
service      what can be done with tests
removing     what goes with a test
"""
