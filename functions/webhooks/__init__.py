"""Takes in what others tell us: proves who calls and queues what is told, without a right to the table.

app      the entry
routes/  which address is for whom: a file a kind of caller, loaded when it is first called
door     what they all stand on: who may come in, and where events go
answers  what callers are told; pages: the same for people
"""

from retention import coldstart

coldstart.begin()
