"""How gunicorn is run: `gunicorn --config python:ndtms.server ndtms.wsgi`. Options given besides count more.

Threads, so that a visitor who sends a byte a second holds up one thread and not the site. A proxy that reads whole
requests first is needed all the same: see docs/operations.md.
"""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
control_socket_disable = True
# One process has several threads already, and what polars is asked for one client is too little to share out.
raw_env = [f"POLARS_MAX_THREADS={os.environ.get('POLARS_MAX_THREADS', '1')}"]
limit_request_line = 4094
limit_request_fields = 60
# No address of a page, which may hold a token, and no visitor's: what people do is in the audit.
access_log_format = "%(t)s %(m)s %(s)s %(B)s bytes %(M)s ms"
