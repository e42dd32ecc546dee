"""Campaigns, their leads, and what they owe to them.

model         campaign, assignment, contact
service       setting campaigns up; lifecycle: start, pause, resume, complete
assignments   assigning leads; autoassign: new leads, by their source
progress      what comes first, what follows, and how far it all is (pure)
cases, moves  a lead in a campaign, and what can be done to it; following: to all of them, by jobs
watching      completes a campaign that is done
forecast      what a verb would do
"""
