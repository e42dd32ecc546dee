"""Reports: what an operator reads, made of figures alone (stats). No report looks at a lead or a send.

days           days of a time zone, and the quarters of an hour that they are made of
reading        the numbers of a scope over some days: a query for each share, summed
measures       numbers as a report shows them: messages, rates, money
overview channels funnel timeline heatmap    a report each: pure
sequences campaigns                          figures of each of them, and of one: pure
service        reads, and has the report made
"""
