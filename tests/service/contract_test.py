"""What the contracts promise to clients of any kind."""

import shutil
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from tests.harness.places import REPOSITORY
from tests.harness.waiting import PATIENCE
from tests.service.stack import StackCase, run

INTEROP = REPOSITORY / "tests" / "interop"


class Contract(StackCase):
    def test_each_service_answers_its_wsdl_with_the_address_the_client_used(self) -> None:
        for daemon, path in (
            (self.stack.service, "/vbs"),
            (self.stack.service, "/vbs/admin"),
            (self.stack.volume_delegate, "/volume-delegate"),
            (self.stack.vmm_delegate, "/vmm-delegate"),
        ):
            with urllib.request.urlopen(daemon.url + path + "?wsdl", timeout=PATIENCE) as answer:
                self.assertIn(f'location="{daemon.url}{path}"', answer.read().decode())

    def test_clients_generated_from_the_wsdl_run_all_operations(self) -> None:
        place = [self.stack.endpoint, "host1", "vm1", "xvdb"]
        commands: list[list[str | Path]] = [
            [sys.executable, "-B", INTEROP / "zeep_client.py", *place],
            ["php", INTEROP / "php_client.php", *place],
            ["perl", INTEROP / "soap_lite_client.pl", self.stack.endpoint],
        ]
        for command in commands:
            with self.subTest(command=str(command[:3])):
                done = run(*command)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_axis_1_makes_a_client_of_the_contract_for_soap_1_1(self) -> None:
        jars = [
            Path("/usr/share/java") / f"{name}.jar"
            for name in (
                "axis",
                "axis-jaxrpc",
                "axis-saaj",
                "jaxrpc",
                "saaj",
                "wsdl4j",
                "commons-discovery",
                "commons-logging",
                "javax.activation",
                "javax.mail",
            )
        ]
        if not shutil.which("java") or not all(jar.exists() for jar in jars):
            self.skipTest("needs libaxis-java, libwsdl4j-java and a JRE")
        with tempfile.TemporaryDirectory() as directory:
            to_java = ("java", "-cp", ":".join(map(str, jars)), "org.apache.axis.wsdl.WSDL2Java", "-o", directory)
            done = run(*to_java, self.stack.endpoint + "?wsdl=soap11")
            made = {path.name for path in Path(directory).rglob("*.java")}
            self.assertLessEqual({"VbsPortType.java", "Volume.java", "VbsFault.java"}, made, done.stdout + done.stderr)

    def test_a_fault_tells_no_address_of_a_delegate(self) -> None:
        self.stack.volume_delegate.kill()
        fault = self.stack.refused(lambda: self.vbs.createVolume(size=1))
        self.assertEqual(fault.code, "DelegateUnreachable")
        self.assertIn(" at the Volume Delegate failed: Connection refused", fault.description)
        self.assertNotIn("http://", fault.description)
        self.assertNotIn("127.0.0.1", fault.description)
        complaint = f"the Volume Delegate does not answer at {self.stack.volume_delegate.url}"
        self.assertIn(complaint, self.stack.service.text())

    def test_control_characters_and_bad_utf8_never_get_in(self) -> None:
        for comment in (b"&#1;", b"\x01", b"\xff\xfe", b"\xed\xa0\x80", b"a&#0;b", b"&#x110000;"):
            envelope = (
                b'<?xml version="1.0" encoding="UTF-8"?>'
                b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v="urn:vbs:service:1">'
                b"<e:Body><v:createVolume><v:size>1</v:size><v:comment>"
                + comment
                + b"</v:comment></v:createVolume></e:Body></e:Envelope>"
            )
            request = urllib.request.Request(self.stack.endpoint, envelope, {"Content-Type": "text/xml; charset=utf-8"})
            with self.subTest(comment), self.assertRaises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(request, timeout=PATIENCE)
            self.assertIn(b"InvalidParameter", refusal.exception.read(), comment)
        self.assertEqual(self.stack.volumes(), {})

    def test_the_same_client_token_answers_the_first_volume_again(self) -> None:
        first = self.vbs.createVolume(size=1, clientToken="t1")
        self.assertEqual(self.vbs.createVolume(size=1, clientToken="t1").volumeId, first.volumeId)
        self.assertEqual(
            self.stack.refused(lambda: self.vbs.createVolume(size=2, clientToken="t1")).code, "IdempotencyMismatch"
        )
        self.assertEqual(len(self.stack.volumes()), 1)

    def test_describe_pages(self) -> None:
        made = [self.vbs.createVolume(size=1).volumeId for _ in range(5)]
        seen, token = [], None
        while True:
            page = self.vbs.describeVolumes(maxResults=2, nextToken=token)
            seen += [volume.volumeId for volume in page.volumes.volume]
            token = page.nextToken
            if token is None:
                break
        self.assertEqual(seen, made)
        self.assertEqual(
            self.stack.refused(lambda: self.vbs.describeVolumes(volumeId=["vol-00000000"])).resource, "vol-00000000"
        )


if __name__ == "__main__":
    unittest.main()
