"""What leads say back: replies, opt-outs in whatever words, unsubscribe links."""
