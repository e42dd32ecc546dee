"""What leads say back: replies, opt-outs in whatever words, unsubscribe links.

wording, vocabulary, phrases
               what a text wants: no more contact, contact again, help, or none of these; pure
model          a reply, as the timeline shows it
handling       the handlers: a text message that came in, an unsubscribe link that was followed
answered       which message a reply answers
returning      START: what a lead's own text message had ended, another one allows again
unsubscribing  the address that a link stands for is suppressed, and its lead stopped
"""
