"""The HTTP API: translates requests into use cases, and outcomes and errors into answers.

app (the entry), event and router (what came, and whom it is for), operation (how a route is declared), reading,
answer (writing), problem (errors), routes/ (one file per resource), openapi and docs_page (the documents, generated
from the declarations).
"""

from retention import coldstart

coldstart.begin()
