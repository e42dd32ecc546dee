"""The account-wide stop of all sending: for moving in and out, and for an emergency.

hold      when nothing is sent, and what that means for lateness; plain, since the dispatcher reads it, too
model     the item, and what the API says of it
known     the hold as a process knows it: read along with other items, so that honouring it costs no request
service   putting it on and taking it off
"""
