"""Who sent a request: a file a way of proving it. Pure: keys, request and time in; None, or why it is no proof, out.

Every key that is live is tried, and every comparison takes the same time wherever two texts differ. The reasons are
words of ours, for the log: they hold nothing of the request.

comparing            secrets and signatures; the age of what is signed
twilio               HMAC over address and parameters
twilio_parameters    what that signature leaves open: where one parameter ends and the next begins
sendgrid             ECDSA
vapi                 HMAC, bearer token or a secret in a header
meta                 HMAC; the token of a subscription
keitaro              a token in the path, and whence
form                 a secret, or a signature as in Standard Webhooks
"""
