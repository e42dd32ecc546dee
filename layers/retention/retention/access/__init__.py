"""Who may call the API: our own keys, hashed and scoped, and the tokens of an issuer that the team trusts.

scopes        what a caller can be allowed to do
model         what a key is; service: making, rotating and revoking keys
credentials   how a key is written, and what of it is kept
verify        from an Authorization header to a caller or a reason to refuse; tokens, issuer: the same for JWTs
gate          puts together what the authorizer needs, and no more
"""
