"""The entry for a WSGI server such as gunicorn."""

import os
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from det.scope import answer_visitors

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ndtms.settings.production")
answer_visitors()
application = get_wsgi_application()
# Nothing is served from a definition that contradicts itself, nor in production from settings that are not safe.
deploy = settings.IS_PRODUCTION
call_command("check", deploy=deploy, fail_level="WARNING" if deploy else "ERROR", stdout=sys.stderr)
