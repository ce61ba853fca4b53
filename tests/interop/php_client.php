#!/usr/bin/php
<?php
/*
 * Plays all operations of vbs.wsdl through PHP's SoapClient, generated from ENDPOINT?wsdl.
 *
 * usage: php_client.php ENDPOINT VMM_HOSTNAME VM_ID VM_DEVICE [--soap12]
 *    eg: php_client.php http://127.0.0.1:8080/vbs node-1 guest-1 xvdb
 *
 * Works with any VBS Service whose VMM node VMM_HOSTNAME has a running VM VM_ID with VM_DEVICE free. Deletes what it
 * created. Exits 1 at the first difference.
 */
declare(strict_types=1);

const WAIT_SECONDS = 60;
const UNKNOWN_VOLUME = 'vol-00000000';
const UNKNOWN_SNAPSHOT = 'snap-00000000';
const COMMENT = "php: h\u{e9}llo <&> \"quoted\" \u{1f600}";

class Difference extends Exception
{
}

class Story
{
    private SoapClient $vbs;
    private int $checks = 0;
    private array $volumes = [];
    private array $snapshots = [];

    public function __construct(
        private string $endpoint,
        private string $vmmHostname,
        private string $vmId,
        private string $vmDevice,
        private bool $soap12
    ) {
        $this->vbs = new SoapClient("$endpoint?wsdl", [
            'cache_wsdl' => WSDL_CACHE_NONE,
            'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
            'soap_version' => $soap12 ? SOAP_1_2 : SOAP_1_1,
        ]);
    }

    private function equal(mixed $actual, mixed $expected, string $what): void
    {
        $this->checks++;
        if ($actual != $expected || gettype($actual) !== gettype($expected)) {
            throw new Difference("$what: expected " . json_encode($expected) . ', got ' . json_encode($actual));
        }
    }

    private function true(mixed $condition, string $what): void
    {
        $this->equal((bool) $condition, true, $what);
    }

    /** Expects a fault of one of the codes, with the typed detail; returns the detail. */
    private function fault(array $codes, string $operation, array $parameters = []): object
    {
        try {
            $answer = $this->vbs->$operation($parameters);
        } catch (SoapFault $fault) {
            $this->true(isset($fault->detail->vbsFault), "$operation: the fault ($fault->faultstring) is typed");
            $detail = $fault->detail->vbsFault;
            $known = implode(' or ', $codes);
            $this->true(in_array($detail->code, $codes, true), "$operation: $detail->code is $known");
            $this->true($detail->description, "$operation: the fault has a description");
            $this->true($detail->requestId, "$operation: the fault names the request");
            $parts = explode(':', $fault->faultcode);
            $this->equal(end($parts), $this->soap12 ? 'Sender' : 'Client', "$operation: who is blamed");
            return $detail;
        }
        throw new Difference("$operation: expected a fault, got " . json_encode($answer));
    }

    /** Asks until the record has the status; returns it. */
    private function until(callable $describe, string $status): object
    {
        $deadline = microtime(true) + WAIT_SECONDS;
        for (;;) {
            $record = $describe();
            if ($record->status === $status) {
                return $record;
            }
            if ($record->status === 'error' || microtime(true) > $deadline) {
                throw new Difference("waited for $status: " . json_encode($record));
            }
            usleep(50000);
        }
    }

    private function volume(string $volumeId): object
    {
        $volumes = $this->vbs->describeVolumes(['volumeId' => [$volumeId]])->volumes->volume;
        $this->equal(count($volumes), 1, "volumes described for $volumeId");
        return $volumes[0];
    }

    private function snapshot(string $snapshotId): object
    {
        $snapshots = $this->vbs->describeSnapshots(['snapshotId' => [$snapshotId]])->snapshots->snapshot;
        $this->equal(count($snapshots), 1, "snapshots described for $snapshotId");
        return $snapshots[0];
    }

    private function availableVolume(array $parameters): object
    {
        $volumeId = $this->vbs->createVolume($parameters)->volume->volumeId;
        $this->volumes[] = $volumeId;
        return $this->until(fn() => $this->volume($volumeId), 'available');
    }

    /** The volume ids on all pages of at most 2 records. */
    private function pages(): array
    {
        $ids = [];
        $parameters = ['maxResults' => 2];
        for (;;) {
            $answer = $this->vbs->describeVolumes($parameters);
            $page = array_column($answer->volumes->volume ?? [], 'volumeId');
            $this->true(count($page) <= 2, 'at most 2 records on a page');
            array_push($ids, ...$page);
            if (!isset($answer->nextToken)) {
                return $ids;
            }
            $parameters['nextToken'] = $answer->nextToken;
        }
    }

    public function play(): int
    {
        // Volumes are created and described.
        $volume = $this->availableVolume(['size' => 1, 'comment' => COMMENT]);
        $this->equal($volume->sizeGiB, 1, 'size');
        $this->equal($volume->comment, COMMENT, 'comment');
        $this->true(!isset($volume->snapshotId), 'an empty volume has no snapshot');
        $this->true(!isset($volume->attachment), 'a new volume has no attachment');
        $this->true(str_ends_with($volume->createTime, 'Z'), "the create time $volume->createTime is UTC");

        // A client token makes creation idempotent.
        $token = bin2hex(random_bytes(16));
        $first = $this->availableVolume(['size' => 1, 'clientToken' => $token]);
        $again = $this->vbs->createVolume(['size' => 1, 'clientToken' => $token])->volume;
        $this->equal($again->volumeId, $first->volumeId, 'volume of the same token');
        $this->fault(['IdempotencyMismatch'], 'createVolume', ['size' => 2, 'clientToken' => $token]);

        // Listings come in pages, in the order of creation.
        $this->availableVolume(['size' => 2]);
        $everything = array_column($this->vbs->describeVolumes([])->volumes->volume, 'volumeId');
        $mine = array_values(array_intersect($everything, $this->volumes));
        $this->equal($mine, $this->volumes, 'order of creation');
        $this->equal($this->pages(), $everything, 'volumes on all pages');

        // Snapshots are taken and become volumes.
        $snapshotId = $this->vbs->createSnapshot(['volumeId' => $volume->volumeId, 'comment' => COMMENT])
            ->snapshot->snapshotId;
        $this->snapshots[] = $snapshotId;
        $snapshot = $this->until(fn() => $this->snapshot($snapshotId), 'completed');
        $this->equal($snapshot->volumeId, $volume->volumeId, 'volume of the snapshot');
        $this->equal($snapshot->comment, COMMENT, 'comment of the snapshot');
        $copy = $this->availableVolume(['snapshotId' => $snapshotId]);
        $this->equal($copy->sizeGiB, 1, 'size of a volume from a snapshot');
        $this->equal($copy->snapshotId, $snapshotId, 'snapshot of the volume');

        // A volume is attached and detached.
        $place = ['vmmHostname' => $this->vmmHostname, 'vmId' => $this->vmId, 'vmDevice' => $this->vmDevice];
        $attach = ['volumeId' => $volume->volumeId] + $place;
        $attachment = $this->vbs->attachVolume($attach)->attachment;
        $this->equal($attachment->status, 'attached', 'status of the attachment');
        $this->equal($attachment->vmmHostname, $this->vmmHostname, 'vmmHostname');
        $this->equal($attachment->vmId, $this->vmId, 'vmId');
        $described = $this->volume($volume->volumeId);
        $this->equal($described->status, 'in-use', 'status of an attached volume');
        $this->equal($described->attachment, $attachment, 'attachment as described');
        $this->fault(['VolumeInUse', 'IncorrectState'], 'attachVolume', $attach);
        $this->fault(['VolumeInUse', 'IncorrectState'], 'deleteVolume', ['volumeId' => $volume->volumeId]);
        $this->fault(['DeviceInUse'], 'attachVolume', ['volumeId' => $first->volumeId] + $place);
        $ended = $this->vbs->detachVolume(['volumeId' => $volume->volumeId])->attachment;
        $this->equal($ended->volumeId, $volume->volumeId, 'volume of the ended attachment');
        $described = $this->volume($volume->volumeId);
        $this->equal($described->status, 'available', 'status of a detached volume');
        $this->true(!isset($described->attachment), 'a detached volume has no attachment');

        // Faults are typed.
        $detail = $this->fault(['VolumeNotFound'], 'describeVolumes', ['volumeId' => [UNKNOWN_VOLUME]]);
        $this->equal($detail->resourceId, UNKNOWN_VOLUME, 'the id that the fault is about');
        $this->fault(['VolumeNotFound'], 'deleteVolume', ['volumeId' => UNKNOWN_VOLUME]);
        $this->fault(['VolumeNotFound'], 'detachVolume', ['volumeId' => UNKNOWN_VOLUME, 'force' => true]);
        $this->fault(['SnapshotNotFound'], 'deleteSnapshot', ['snapshotId' => UNKNOWN_SNAPSHOT]);
        $this->fault(['SnapshotNotFound'], 'createVolume', ['snapshotId' => UNKNOWN_SNAPSHOT]);
        $nowhere = ['vmmHostname' => 'no-such-node', 'vmId' => '1', 'vmDevice' => 'xvdz'];
        $this->fault(['UnknownVmmHost'], 'attachVolume', ['volumeId' => $volume->volumeId] + $nowhere);
        $this->fault(['InvalidParameter'], 'deleteVolume', ['volumeId' => 'nonsense']);
        $this->fault(['InvalidParameter'], 'createVolume', ['size' => 0]);
        $this->fault(['InvalidParameter'], 'createVolume', []);
        $this->fault(['InvalidParameter'], 'describeVolumes', ['maxResults' => 1001]);

        // Everything is deleted.
        foreach ($this->snapshots as $id) {
            $this->vbs->deleteSnapshot(['snapshotId' => $id]);
            $this->fault(['SnapshotNotFound'], 'describeSnapshots', ['snapshotId' => [$id]]);
        }
        foreach ($this->volumes as $id) {
            $this->vbs->deleteVolume(['volumeId' => $id]);
            $this->fault(['VolumeNotFound'], 'describeVolumes', ['volumeId' => [$id]]);
        }
        return $this->checks;
    }
}

$arguments = array_slice($argv, 1);
$soap12 = in_array('--soap12', $arguments, true);
$arguments = array_values(array_diff($arguments, ['--soap12']));
if (count($arguments) !== 4) {
    fwrite(STDERR, "usage: php_client.php ENDPOINT VMM_HOSTNAME VM_ID VM_DEVICE [--soap12]\n");
    exit(2);
}
try {
    $checks = (new Story(...[...$arguments, $soap12]))->play();
    echo "php: $checks checks passed\n";
} catch (Difference | SoapFault $difference) {
    fwrite(STDERR, 'php: ' . $difference->getMessage() . "\n");
    exit(1);
}
