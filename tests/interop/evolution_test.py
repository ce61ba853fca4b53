"""Clients that are generated from today's vbs.wsdl meet the answers of a later VBS Service: statuses, a fault code and
properties that they do not know (docs/contracts.md). zeep and PHP's SoapClient, in SOAP 1.1; the answers are canned.
"""
import http.server
import json
import subprocess
import threading
import unittest

import zeep
import zeep.exceptions

from tests.harness.places import REPOSITORY

WSDL = REPOSITORY / "wsdl" / "vbs.wsdl"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v="urn:vbs:service:1" xmlns:t="urn:vbs:types:1">
<e:Body>
{}
</e:Body></e:Envelope>"""
PROPERTY = "<t:property><t:name>colour</t:name><t:value>blue</t:value></t:property>"
VOLUMES = ENVELOPE.format(
    f"""<v:describeVolumesResponse><v:volumes><v:volume>
<t:volumeId>vol-0a1b2c3d</t:volumeId><t:sizeGiB>1048576</t:sizeGiB><t:comment>c</t:comment>
<t:status>archiving</t:status>
<t:createTime>2030-01-01T00:00:00Z</t:createTime>
<t:attachment><t:volumeId>vol-0a1b2c3d</t:volumeId><t:vmmHostname>h</t:vmmHostname><t:vmId>1</t:vmId>
<t:vmDevice>xvdb</t:vmDevice><t:status>resting</t:status>{PROPERTY}</t:attachment>{PROPERTY}{PROPERTY}
</v:volume></v:volumes></v:describeVolumesResponse>"""
)
SNAPSHOTS = ENVELOPE.format(
    f"""<v:describeSnapshotsResponse><v:snapshots><v:snapshot>
<t:snapshotId>snap-0a1b2c3d</t:snapshotId><t:volumeId>vol-0a1b2c3d</t:volumeId><t:sizeGiB>1</t:sizeGiB><t:comment/>
<t:status>tiered</t:status><t:startTime>2030-01-01T00:00:00Z</t:startTime>{PROPERTY}</v:snapshot></v:snapshots>
</v:describeSnapshotsResponse>"""
)
FAULT = ENVELOPE.format(
    f"""<e:Fault><faultcode>e:Client</faultcode><faultstring>no</faultstring><detail><t:vbsFault>
<t:code>QuotaExceeded</t:code><t:description>no</t:description><t:requestId>r</t:requestId>{PROPERTY}</t:vbsFault>
</detail></e:Fault>"""
)
ANSWERS = {"describeVolumes": VOLUMES, "describeSnapshots": SNAPSHOTS, "deleteVolume": FAULT}

PHP = """<?php
$vbs = new SoapClient($argv[1], ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'location' => $argv[2]]);
$seen = ['volume' => $vbs->describeVolumes([])->volumes->volume[0],
    'snapshot' => $vbs->describeSnapshots([])->snapshots->snapshot[0]];
try {
    $vbs->deleteVolume(['volumeId' => 'vol-0a1b2c3d']);
} catch (SoapFault $fault) {
    $seen['fault'] = $fault->detail->vbsFault;
}
echo json_encode($seen);
"""


class LaterService(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        message = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = next(text for operation, text in ANSWERS.items() if f":{operation}" in message).encode()
        self.send_response(500 if b":Fault>" in answer else 200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


class Evolution(unittest.TestCase):
    def setUp(self) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LaterService)
        self.addCleanup(self.server.server_close)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}/vbs"

    def test_zeep_reads_what_it_does_not_know(self) -> None:
        client = zeep.Client(str(WSDL))
        vbs = client.create_service("{urn:vbs:service:1}VbsSoap11", self.url)
        volume = vbs.describeVolumes().volumes.volume[0]
        self.assertEqual((volume.status, volume.sizeGiB, volume.attachment.status), ("archiving", 1048576, "resting"))
        self.assertEqual([(p.name, p.value) for p in volume.property], [("colour", "blue")] * 2)
        self.assertEqual(vbs.describeSnapshots().snapshots.snapshot[0].status, "tiered")
        with self.assertRaises(zeep.exceptions.Fault) as refusal:
            vbs.deleteVolume(volumeId="vol-0a1b2c3d")
        self.assertEqual(client.wsdl.types.deserialize(refusal.exception.detail[0]).code, "QuotaExceeded")

    def test_php_reads_what_it_does_not_know(self) -> None:
        done = subprocess.run(
            ["php", "/dev/stdin", str(WSDL), self.url],
            input=PHP,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual((seen["volume"]["status"], seen["volume"]["sizeGiB"]), ("archiving", 1048576))
        self.assertEqual(seen["volume"]["property"], [{"name": "colour", "value": "blue"}] * 2)
        self.assertEqual(seen["snapshot"]["status"], "tiered")
        self.assertEqual(seen["fault"]["code"], "QuotaExceeded")


if __name__ == "__main__":
    unittest.main()
