-- A database of schema version 4 with every table filled, as `sqlite3 FILE .dump` wrote it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE volumes (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT    NOT NULL UNIQUE REFERENCES ids (id),
  size_gib      INTEGER NOT NULL CHECK (size_gib BETWEEN 1 AND 1048576),
  comment       TEXT    NOT NULL,
  snapshot_id   TEXT             REFERENCES ids (id),  -- what it was copied from; the snapshot may be gone by now
  status        TEXT    NOT NULL CHECK (status IN
                  ('pending', 'available', 'attaching', 'in-use', 'detaching', 'deleting', 'error')),
  status_reason TEXT,
  create_time   INTEGER NOT NULL
, volume_server TEXT NOT NULL DEFAULT 'default', owner TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO volumes VALUES(1,'vol-00000001',10,'base image <&> äöü',NULL,'available',NULL,1767225601,'default','');
INSERT INTO volumes VALUES(2,'vol-00000002',20,'data',NULL,'in-use',NULL,1767225602,'default','');
INSERT INTO volumes VALUES(3,'vol-00000003',30,'','snap-00000009','available',NULL,1767225603,'default','');
INSERT INTO volumes VALUES(4,'vol-00000004',40,'','snap-00000001','pending',NULL,1767225604,'default','');
INSERT INTO volumes VALUES(5,'vol-00000005',50,'','snap-00000009','error','the copy from the snapshot failed: dd: exit code 1',1767225605,'default','');
INSERT INTO volumes VALUES(6,'vol-00000006',60,'',NULL,'pending',NULL,1767225606,'default','');
INSERT INTO volumes VALUES(7,'vol-00000007',70,'','snap-00000001','pending','the copy was lost and is started again',1767225607,'default','');
INSERT INTO volumes VALUES(8,'vol-00000008',80,'',NULL,'attaching','attachVolume of vol-00000008: undoing attachVolume at node1 failed: no answer; the roll-back is still being retried',1767225608,'default','');
INSERT INTO volumes VALUES(9,'vol-00000009',90,'',NULL,'detaching',NULL,1767225609,'default','');
INSERT INTO volumes VALUES(10,'vol-0000000a',100,'',NULL,'deleting',NULL,1767225610,'default','');
INSERT INTO volumes VALUES(11,'vol-0000000b',110,'',NULL,'detaching',NULL,1767225611,'default','');
INSERT INTO volumes VALUES(12,'vol-0000000c',120,'',NULL,'available',NULL,1767225612,'default','');
INSERT INTO volumes VALUES(14,'vol-0000000e',1048576,'no targets',NULL,'in-use',NULL,1767225614,'default','');
CREATE TABLE snapshots (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT    NOT NULL UNIQUE REFERENCES ids (id),
  volume_id     TEXT    NOT NULL REFERENCES volumes (id),
  size_gib      INTEGER NOT NULL CHECK (size_gib BETWEEN 1 AND 1048576),
  comment       TEXT    NOT NULL,
  status        TEXT    NOT NULL CHECK (status IN ('pending', 'completed', 'deleting', 'error')),
  status_reason TEXT,
  start_time    INTEGER NOT NULL
, volume_server TEXT NOT NULL DEFAULT 'default', owner TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO snapshots VALUES(1,'snap-00000001','vol-00000001',10,'before the upgrade','completed',NULL,1767225621,'default','');
INSERT INTO snapshots VALUES(2,'snap-00000002','vol-00000002',20,'','pending',NULL,1767225622,'default','');
INSERT INTO snapshots VALUES(3,'snap-00000003','vol-00000001',10,'','deleting',NULL,1767225623,'default','');
CREATE TABLE vmm_hosts (
  name        TEXT    NOT NULL PRIMARY KEY,
  delegate_id TEXT    NOT NULL UNIQUE,
  since       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO vmm_hosts VALUES('node1','delegate-of-node1',1767225650);
INSERT INTO vmm_hosts VALUES('node2','delegate-of-node2',1767225660);
CREATE TABLE IF NOT EXISTS "ids" (
  id            TEXT    NOT NULL PRIMARY KEY,
  kind          TEXT    NOT NULL CHECK (kind IN ('volume', 'snapshot', 'attachment')),
  volume_server TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  size_gib      INTEGER CHECK (size_gib BETWEEN 1 AND 1048576),  -- a volume's or snapshot's; unknown for old ids
  volume_id     TEXT REFERENCES ids (id)                         -- a snapshot's or attachment's; unknown likewise
) STRICT, WITHOUT ROWID;
INSERT INTO ids VALUES('att-00000002','attachment','default',1767225652,NULL,'vol-00000002');
INSERT INTO ids VALUES('att-00000008','attachment','default',1767225608,NULL,'vol-00000008');
INSERT INTO ids VALUES('att-00000009','attachment','default',1767225659,NULL,'vol-00000009');
INSERT INTO ids VALUES('att-0000000b','attachment','default',1767225661,NULL,'vol-0000000b');
INSERT INTO ids VALUES('att-0000000e','attachment','default',1767225664,NULL,'vol-0000000e');
INSERT INTO ids VALUES('snap-00000001','snapshot','default',1767225621,10,'vol-00000001');
INSERT INTO ids VALUES('snap-00000002','snapshot','default',1767225622,20,'vol-00000002');
INSERT INTO ids VALUES('snap-00000003','snapshot','default',1767225623,10,'vol-00000001');
INSERT INTO ids VALUES('snap-00000009','snapshot','default',1767225629,NULL,NULL);
INSERT INTO ids VALUES('vol-00000001','volume','default',1767225601,10,NULL);
INSERT INTO ids VALUES('vol-00000002','volume','default',1767225602,20,NULL);
INSERT INTO ids VALUES('vol-00000003','volume','default',1767225603,30,NULL);
INSERT INTO ids VALUES('vol-00000004','volume','default',1767225604,40,NULL);
INSERT INTO ids VALUES('vol-00000005','volume','default',1767225605,50,NULL);
INSERT INTO ids VALUES('vol-00000006','volume','default',1767225606,60,NULL);
INSERT INTO ids VALUES('vol-00000007','volume','default',1767225607,70,NULL);
INSERT INTO ids VALUES('vol-00000008','volume','default',1767225608,80,NULL);
INSERT INTO ids VALUES('vol-00000009','volume','default',1767225609,90,NULL);
INSERT INTO ids VALUES('vol-0000000a','volume','default',1767225610,100,NULL);
INSERT INTO ids VALUES('vol-0000000b','volume','default',1767225611,110,NULL);
INSERT INTO ids VALUES('vol-0000000c','volume','default',1767225612,120,NULL);
INSERT INTO ids VALUES('vol-0000000d','volume','default',1767225613,NULL,NULL);
INSERT INTO ids VALUES('vol-0000000e','volume','default',1767225614,1048576,NULL);
CREATE TABLE IF NOT EXISTS "attachments" (
  id                  TEXT    NOT NULL PRIMARY KEY REFERENCES ids (id),
  volume_id           TEXT    NOT NULL REFERENCES volumes (id),
  volume_server       TEXT    NOT NULL,  -- the volume's, here for the constraint on target numbers
  mode                TEXT    NOT NULL CHECK (mode IN ('read-write', 'read-only')),
  vmm_hostname        TEXT    NOT NULL,
  vm_id               TEXT    NOT NULL,
  vm_device           TEXT    NOT NULL,
  target_id           INTEGER CHECK (target_id BETWEEN 1 AND 65535),
  target_name         TEXT    UNIQUE,
  portal              TEXT,
  lun                 INTEGER CHECK (lun BETWEEN 0 AND 255),
  host_device         TEXT,
  status              TEXT    NOT NULL CHECK (status IN ('attaching', 'attached', 'detaching')),
  attach_time         INTEGER,
  is_in_vm            INTEGER CHECK (is_in_vm IN (0, 1)),  -- unknown for those made before version 3
  is_export_uncertain INTEGER NOT NULL CHECK (is_export_uncertain IN (0, 1)),
  CHECK ((target_id IS NULL) = (target_name IS NULL)),
  UNIQUE (volume_id, vmm_hostname, vm_id),
  UNIQUE (vmm_hostname, vm_id, vm_device),
  UNIQUE (volume_server, target_id)
) STRICT, WITHOUT ROWID;
INSERT INTO attachments VALUES('att-00000002','vol-00000002','default','read-write','node1','vm1','xvdb',1,'iqn.2009-09.org.example:vol-00000002','127.0.0.1:3260',1,'/dev/disk/by-path/vol-00000002','attached',1767225652,1,0);
INSERT INTO attachments VALUES('att-00000008','vol-00000008','default','read-write','node1','vm1','xvdc',2,'iqn.2009-09.org.example:vol-00000008',NULL,NULL,NULL,'attaching',NULL,NULL,0);
INSERT INTO attachments VALUES('att-00000009','vol-00000009','default','read-write','node1','vm2','xvdb',3,'iqn.2009-09.org.example:vol-00000009','127.0.0.1:3260',1,'/dev/disk/by-path/vol-00000009','detaching',1767225659,1,0);
INSERT INTO attachments VALUES('att-0000000b','vol-0000000b','default','read-write','node2','vm3','xvdb',5,'iqn.2009-09.org.example:vol-0000000b','127.0.0.1:3260',1,'/dev/disk/by-path/vol-0000000b','detaching',1767225661,1,0);
INSERT INTO attachments VALUES('att-0000000e','vol-0000000e','default','read-write','node1','vm1','xvdd',NULL,NULL,NULL,NULL,'/dev/disk/by-path/vol-0000000e','attached',1767225664,NULL,1);
CREATE TABLE IF NOT EXISTS "operations" (
  id            TEXT    NOT NULL PRIMARY KEY,
  kind          TEXT    NOT NULL,
  resource_kind TEXT    NOT NULL CHECK (resource_kind IN ('volume', 'snapshot', 'attachment')),
  resource_id   TEXT    NOT NULL REFERENCES ids (id),
  is_exclusive  INTEGER NOT NULL CHECK (is_exclusive IN (0, 1)),
  state         TEXT    NOT NULL CHECK (state IN ('running', 'rolling-back')),
  step          TEXT    NOT NULL,
  context       TEXT    NOT NULL CHECK (json_valid(context)),
  request_id    TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  attempts      INTEGER NOT NULL,
  last_error    TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000006','createVolume','volume','vol-00000006',1,'running','createVolume','{"sizeGiB":60,"volumeId":"vol-00000006"}','request-6',1767225706,1767225706,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000007','restartCopy','volume','vol-00000007',1,'running','createVolume','{"sizeGiB":70,"snapshotId":"snap-00000001","volumeId":"vol-00000007"}','request-7',1767225707,1767225707,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000008','attachVolume','volume','vol-00000008',1,'rolling-back','attachVolume','{"lun":1,"portal":"127.0.0.1:3260","targetId":2,"targetName":"iqn.2009-09.org.example:vol-00000008","vmDevice":"xvdc","vmId":"vm1","vmmHostname":"node1","volumeId":"vol-00000008"}','request-8',1767225708,1767225768,3,'attachVolume of vol-00000008: undoing attachVolume at node1 failed: no answer; the roll-back is still being retried');
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000009','detachVolume','volume','vol-00000009',1,'running','unexportVolume','{"lun":1,"portal":"127.0.0.1:3260","targetId":3,"targetName":"iqn.2009-09.org.example:vol-00000009","vmDevice":"xvdb","vmId":"vm2","vmmHostname":"node1","volumeId":"vol-00000009"}','request-9',1767225709,1767225709,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-00000000000a','deleteVolume','volume','vol-0000000a',1,'running','deleteVolume','{"sizeGiB":100,"volumeBefore":"available","volumeId":"vol-0000000a"}','request-a',1767225710,1767225770,2,'deleteVolume of vol-0000000a: deleteVolume at the Volume Delegate failed: no answer in 120 s; whether it took effect is not certain, so it is asked again until it is');
INSERT INTO operations VALUES('00000000-0000-4000-8000-00000000000b','forceDetach','volume','vol-0000000b',1,'running','unexportVolume','{"lun":1,"portal":"127.0.0.1:3260","replacedOperation":"00000000-0000-4000-8000-0000000000bb","targetId":5,"targetName":"iqn.2009-09.org.example:vol-0000000b","vmDevice":"xvdb","vmId":"vm3","vmmHostname":"node2","volumeId":"vol-0000000b"}','request-b',1767225711,1767225711,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-00000000000c','cleanHost','volume','vol-0000000c',0,'running','detachVolume','{"lun":1,"portal":"127.0.0.1:3260","targetId":6,"targetName":"iqn.2009-09.org.example:vol-0000000c","vmDevice":"xvdc","vmId":"vm3","vmmHostname":"node2","volumeId":"vol-0000000c"}','00000000-0000-4000-8000-00000000000c',1767225712,1767225712,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000012','createSnapshot','snapshot','snap-00000002',1,'running','createSnapshot','{"sizeGiB":20,"snapshotId":"snap-00000002","volumeId":"vol-00000002"}','request-12',1767225713,1767225713,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000013','deleteSnapshot','snapshot','snap-00000003',1,'running','deleteSnapshot','{"sizeGiB":10,"snapshotBefore":"completed","snapshotId":"snap-00000003","volumeId":"vol-00000001"}','request-13',1767225714,1767225714,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000021','restoreAttachment','volume','vol-00000002',1,'running','exportVolume','{"isInVm":true,"lun":1,"portal":"127.0.0.1:3260","restoresDevice":true,"sizeGiB":20,"targetId":1,"targetName":"iqn.2009-09.org.example:vol-00000002","vmDevice":"xvdb","vmId":"vm1","vmmHostname":"node1","volumeId":"vol-00000002"}','request-21',1767225721,1767225721,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000022','removeStrayTarget','volume','vol-00000001',1,'running','unexportVolume','{"targetId":7,"targetName":"iqn.2009-09.org.example:vol-00000001","volumeId":"vol-00000001"}','request-22',1767225722,1767225722,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000023','removeOrphanVolume','volume','vol-0000000d',1,'running','deleteVolume','{"sizeGiB":130,"volumeId":"vol-0000000d"}','request-23',1767225723,1767225723,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000024','removeOrphanSnapshot','snapshot','snap-00000009',1,'running','deleteSnapshot','{"sizeGiB":10,"snapshotId":"snap-00000009","volumeId":"vol-00000001"}','request-24',1767225724,1767225724,0,NULL);
INSERT INTO operations VALUES('00000000-0000-4000-8000-000000000025','cleanHost','volume','vol-00000003',0,'running','detachVolume','{"sizeGiB":30,"vmmHostname":"Node1","volumeId":"vol-00000003","wasFound":true}','request-25',1767225725,1767225725,0,NULL);
CREATE TABLE host_cleanings (
  operation_id TEXT    NOT NULL PRIMARY KEY REFERENCES operations (id) ON DELETE CASCADE,
  volume_id    TEXT    NOT NULL REFERENCES ids (id),
  vmm_hostname TEXT    NOT NULL,
  vm_id        TEXT,
  vm_device    TEXT,
  was_found    INTEGER NOT NULL CHECK (was_found IN (0, 1))  -- else it was detached by force
) STRICT, WITHOUT ROWID;
INSERT INTO host_cleanings VALUES('00000000-0000-4000-8000-00000000000c','vol-0000000c','node2','vm3','xvdc',0);
INSERT INTO host_cleanings VALUES('00000000-0000-4000-8000-000000000025','vol-00000003','node1',NULL,NULL,1);
CREATE TABLE IF NOT EXISTS "client_tokens" (
  owner       TEXT    NOT NULL,
  operation   TEXT    NOT NULL,
  token       TEXT    NOT NULL,
  parameters  TEXT    NOT NULL,
  resource_id TEXT    NOT NULL REFERENCES ids (id),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (owner, operation, token)
) STRICT, WITHOUT ROWID;
INSERT INTO client_tokens VALUES('','createSnapshot','token-1','{"comment":"before the upgrade","volumeId":"vol-00000001"}','snap-00000001',1767225621);
INSERT INTO client_tokens VALUES('','createVolume','token-1','{"comment":"base image <&> äöü","sizeGiB":10}','vol-00000001',1767225601);
INSERT INTO client_tokens VALUES('','createVolume','token-2','{"comment":"","sizeGiB":130}','vol-0000000d',1767225613);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('volumes',15);
INSERT INTO sqlite_sequence VALUES('snapshots',9);
CREATE INDEX volumes_by_snapshot ON volumes (snapshot_id) WHERE snapshot_id IS NOT NULL;
CREATE INDEX volumes_pending ON volumes (id) WHERE status = 'pending';
CREATE INDEX snapshots_by_volume ON snapshots (volume_id);
CREATE UNIQUE INDEX operations_by_resource ON operations (resource_id) WHERE is_exclusive;
CREATE INDEX host_cleanings_by_host ON host_cleanings (vmm_hostname);
CREATE INDEX client_tokens_by_resource ON client_tokens (resource_id);
PRAGMA user_version=4;
COMMIT;
