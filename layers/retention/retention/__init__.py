"""Retention Center: the service itself. Read it in this order.

errors, clock, ids, config   the ground: one error tree, one clock, one id source, one reader of the environment
channels, fields, jsontext   what a value may be, and how JSON is read and written exactly
table/                       where every item lives (keys), its shape (items), reading and writing (store, listing)
leads/ campaigns/ scripts/ sequences/ attempts/ conversions/ experiments/ integrations/ suppressions/
access/                      a folder per noun: model (what it is), service (what can be done with it)
deletion/ jobs/              what a delete does to children, and the resumable work that carries it out
templates/                   from a script and a lead to what is sent, and the signed links in it
receiving/ inbound/          what comes in: verified and queued at the door; applied, each event once
reports/ replies/ intake/    what is applied: reports about sends, answers of leads, new leads
stats/ figures/              numbers kept with what they count, and the reports that are made of them
learning/                    conversion rules that learn from these numbers which hours and words convert
outbound/                    what the team's own systems are told
budgets/                     what contacts cost, and money that is set aside before one is made
holding/                     the switch that stops all sending
moving/ imports/ exports/    files in and out: records, archives, lead files
erasure/                     all that is known of a person, and forgetting it
explaining/                  why something was sent or not, and what comes next
idempotency                  one effect for one Idempotency-Key
bootstrap                    puts it all together (coldstart: quickly)
"""
