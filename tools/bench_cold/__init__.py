"""How long the functions take to start, beside the least that any function with a table pays.

`layout` lays files out as Lambda sees them, `probe` runs inside each fresh process, `endpoint` answers in place of AWS,
`subjects` says what is measured, `measure` does it, `runtime` repeats it in Lambda's own runtime, `__main__` prints.
"""
