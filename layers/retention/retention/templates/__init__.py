"""Templates: from a script and a lead to what is sent. Read it in this order.

variables            what a template may name (absence: what it must not go without)
dialect, filters     which tags and filters there are (limits: how much they may do)
outline, rendering   a template, read (its outline first), and made a text
checking             is a template acceptable? asked when a script is saved
links, packing       signed links: unsubscribe, clicks, the keys of providers' reports (webaddress: where one may lead)
linking              the links of one message
filling              a script, a lead and a campaign, made what a provider sends
plaintext            the text part of an e-mail, out of its HTML part
segments             what a text message costs

The engine of the language (python-liquid) is imported when a template is first checked or rendered: it takes longer to
load than everything else here, and most cold starts do not need it.
"""
