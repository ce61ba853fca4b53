#!/usr/bin/python3
"""Calls vbs-admin.wsdl through a client that zeep generates from ENDPOINT?wsdl: lists the open operations, and
reconciles as a dry run, so that nothing is changed.

usage: zeep_admin_client.py ENDPOINT [--soap12]
   eg: zeep_admin_client.py http://127.0.0.1:8080/vbs/admin

Prints one JSON object with the answers. Works with any VBS Service. Exits 1 when the WSDL names another address.
"""
import argparse
import json
import sys

import zeep
import zeep.helpers


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("endpoint", help="URL of the administration, such as http://127.0.0.1:8080/vbs/admin")
    parser.add_argument("--soap12", action="store_true", help="speak SOAP 1.2 instead of SOAP 1.1")
    arguments = parser.parse_args()

    client = zeep.Client(arguments.endpoint + "?wsdl")
    admin = client.bind("VbsAdmin", "VbsAdminSoap12" if arguments.soap12 else "VbsAdminSoap11")
    address = admin._binding_options["address"]  # pylint: disable=protected-access
    if address != arguments.endpoint:
        print(f"zeep: the WSDL names {address}, not {arguments.endpoint}", file=sys.stderr)
        return 1
    operations = admin.describeOperations()
    report = admin.reconcile(dryRun=True)
    answers = zeep.helpers.serialize_object({"operations": operations, "report": report}, dict)
    print(json.dumps(answers, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
