"""Contact attempts: one contact through one channel.

model, service   what they are; recorded, found, changed
direct           one message by hand
sending          when a send went out (pure)
proven           a send of which nobody knew proves to have been taken
resolving        somebody says what became of such a send
"""
