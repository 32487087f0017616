"""How a class finds this machine: its addresses, its certificate, codes to scan, and the way in for phones.

Browsers give their camera to pages with an https address only, so `classroom.py` starts the lab over https
with a certificate of this machine's own, and what is typed without https leads there.
"""
