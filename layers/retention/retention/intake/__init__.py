"""Leads that come by themselves: Meta's lead forms, and any form or tool that can call an address of ours."""
