"""What a delete does to children.

service               accepting it
plans                 who goes, who is detached
campaigns, sequences  how what is owed goes
unknown               what nobody is asked about any more
chunks                the work
"""
