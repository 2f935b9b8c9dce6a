#!/usr/bin/env python3
"""A task in another language: the input comes on stdin, the result goes to stdout."""

import json
import sys

mail = json.load(sys.stdin)
if "@" not in mail["to"]:
    # The shape of a Lambda error: its errorType is what Retry and Catch see.
    print(json.dumps({"errorType": "Mail.BadAddress", "errorMessage": f"no address: {mail['to']}"}))
    sys.exit(1)
json.dump({"sent": True, "to": mail["to"], "characters": len(mail["text"])}, sys.stdout)
