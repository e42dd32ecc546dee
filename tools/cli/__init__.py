"""`retention`, the command-line tool: for people, over the HTTP API, never around it to the table.

    target    which application, and with which key
    client    requests that are tried again until they are answered, and answers that are errors in words
    files     files that go up and come down by signed links
    output    what is shown: tables and progress on a terminal, plain lines elsewhere, one document with --json
    session   the three together, made when a command first needs them
    exits     how a command ends
    app       the commands, loaded when they are called
    commands  one file each

A new command is a function with `@command(...)` of app.py, and a line in app.COMMANDS.
"""
