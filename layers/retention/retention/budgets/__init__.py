"""What contacts cost, and budgets that stop a campaign or a sequence before they are overspent.

prices       what a provider charges for a segment, an e-mail, a minute
quoting      from prices and a message to what it will cost, and what it did cost
periods      the day, month or whole time that a budget is for
limits       the budgets that bind one message
model        what is used of a budget in one period; what is set aside for one message
reserving    before the gate: money is set aside for a chunk of messages, or they are sent later
closing      what was set aside becomes what it cost, by what the attempt says
telling      the team is told once that a budget is used up
standing     how a budget stands
"""
