"""Why, and what next: each step of an enrollment with exactly one current answer.

model       the shape of an explanation
rules       which rule is behind a reason
standing    where a step stands, by what was written about it
preview     what the guards would decide about what is scheduled, were its time now
service     puts an explanation together; contacts: that of what a campaign does for a lead
"""
