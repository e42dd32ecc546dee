"""A/B tests: two scripts on one channel of a campaign. Read it in this order.

model, service       what a test is, and what can be done with it
crediting            what a conversion counts for, and how it is counted
counters, stats      what was counted for a test, and the rates that follow
"""
