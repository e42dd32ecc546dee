"""Leads that come by themselves: Meta's lead forms, and any form or tool that can call an address of ours.

paths, names, reading, mapping
                         from any JSON to what we know of a lead: pure
leadforms                from what Meta's Graph API tells to the same: pure
model                    a form as a team sets it up, and the log of what came
activity, taking         one submission: the lead with its claim in one transaction, then its target, each once
targets                  the campaign or sequence that new leads go to
resting                  until when the Graph API is left alone, known to all workers
handling                 what the inbound function calls: forms, and Meta
opening, service         the door learns of forms; forms over the API
"""
