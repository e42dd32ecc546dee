"""What a person may ask of a team that keeps data about them: to see it, and to have it erased.

bundle      everything that is known of a lead, as one document
service     an erasure is accepted: contact ends, the addresses are suppressed, the lead is gone for readers
plan        what the job then does, in order
traces      what names a person, however it is written
providers   what was sent is removed where it was sent from
owed, conversions, leftovers   what is in the table: under the lead, kept without it, and elsewhere
files, letters                 what passes through: the buckets, the dead-letter queue
searching   the proof: nothing is left that names the person
"""
