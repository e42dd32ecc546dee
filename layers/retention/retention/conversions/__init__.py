"""Conversions: what came of it all. Read it in this order.

model, identity      what a conversion is, and what makes it unique
unusable, amounts, words, postback
                     from a tracker's parameters to what they say: pure
attribution          whose it is, and which contact brought it
recording            what goes with a new state, in its transaction
attaching            conversions whose lead comes later
postbacks            what trackers report, each once
service, rules       what the API can do with conversions, and with the rules that learn from them
"""
