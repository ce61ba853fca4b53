-- Version 4: several volume servers, owners, attachments that have ids, and a journal whose operations own resources.
-- Every row of before is filled so that all goes on as it did: one volume server, one owner, one attachment a volume.
--
-- A table whose keys or checks change is made anew and takes the place of the old one. Foreign keys must not be
-- enforced meanwhile; they are checked before the commit (migrations.cpp).

-- An attachment's id is kept like any other. A counter would give ids again after the restore of a backup, while hosts
-- and targets may still have what was attached since; one that is drawn is not met again.
-- `volume_server` is where the thing is or was, so that what turns up of it later is removed there.
CREATE TABLE new_ids (
  id            TEXT    NOT NULL PRIMARY KEY,
  kind          TEXT    NOT NULL CHECK (kind IN ('volume', 'snapshot', 'attachment')),
  volume_server TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  size_gib      INTEGER CHECK (size_gib BETWEEN 1 AND 1048576),  -- a volume's or snapshot's; unknown for old ids
  volume_id     TEXT REFERENCES ids (id)                         -- a snapshot's or attachment's; unknown likewise
) STRICT, WITHOUT ROWID;
INSERT INTO new_ids (id, kind, volume_server, created_at, size_gib, volume_id)
  SELECT id, kind, 'default', created_at, size_gib, volume_id FROM ids;
INSERT INTO new_ids (id, kind, volume_server, created_at, volume_id)
  SELECT 'att-' || substr(volume_id, 5), 'attachment', 'default', coalesce(attach_time, create_time), volume_id
  FROM attachments JOIN volumes ON volumes.id = volume_id;
DROP TABLE ids;
ALTER TABLE new_ids RENAME TO ids;

-- `default` is the server of an installation that names none, and the empty owner the administrator.
ALTER TABLE volumes ADD COLUMN volume_server TEXT NOT NULL DEFAULT 'default';
ALTER TABLE volumes ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE snapshots ADD COLUMN volume_server TEXT NOT NULL DEFAULT 'default';
ALTER TABLE snapshots ADD COLUMN owner TEXT NOT NULL DEFAULT '';

-- Where a volume is attached, and how its host reaches it. A volume has one attachment at most: its status keeps that
-- rule, for it is attached only while `available`. One that is shared will have one for each VM. A device of a VM
-- holds one volume. Target numbers are those of one volume server; a target name is given once.
CREATE TABLE new_attachments (
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
INSERT INTO new_attachments
    (id, volume_id, volume_server, mode, vmm_hostname, vm_id, vm_device, target_id, target_name, portal, lun,
     host_device, status, attach_time, is_in_vm, is_export_uncertain)
  SELECT 'att-' || substr(volume_id, 5), volume_id, 'default', 'read-write', vmm_hostname, vm_id, vm_device, target_id,
     target_name, portal, lun, host_device, status, attach_time, is_in_vm, is_export_uncertain
  FROM attachments;
DROP TABLE attachments;
ALTER TABLE new_attachments RENAME TO attachments;

-- The journal, as before, but that an operation says what it owns and whether others may go on beside it.
CREATE TABLE new_operations (
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
INSERT INTO new_operations
    (id, kind, resource_kind, resource_id, is_exclusive, state, step, context, request_id, created_at, updated_at,
     attempts, last_error)
  SELECT operations.id, operations.kind, ids.kind, resource_id, operations.kind <> 'cleanHost', state, step, context,
     request_id, operations.created_at, updated_at, attempts, last_error
  FROM operations JOIN ids ON ids.id = resource_id;
DROP TABLE operations;
ALTER TABLE new_operations RENAME TO operations;
-- A resource has one exclusive owner at a time.
CREATE UNIQUE INDEX operations_by_resource ON operations (resource_id) WHERE is_exclusive;

-- What VM hosts have of volumes and are to lose, each while its operation is open. The volume is not attached at that
-- host meanwhile, nor another one at that device: the cleaning would take it away.
CREATE TABLE host_cleanings (
  operation_id TEXT    NOT NULL PRIMARY KEY REFERENCES operations (id) ON DELETE CASCADE,
  volume_id    TEXT    NOT NULL REFERENCES ids (id),
  vmm_hostname TEXT    NOT NULL,
  vm_id        TEXT,
  vm_device    TEXT,
  was_found    INTEGER NOT NULL CHECK (was_found IN (0, 1))  -- else it was detached by force
) STRICT, WITHOUT ROWID;
CREATE INDEX host_cleanings_by_host ON host_cleanings (vmm_hostname);
INSERT INTO host_cleanings (operation_id, volume_id, vmm_hostname, vm_id, vm_device, was_found)
  SELECT id, resource_id, lower(json_extract(context, '$.vmmHostname')), json_extract(context, '$.vmId'),
     json_extract(context, '$.vmDevice'), coalesce(json_extract(context, '$.wasFound'), 0)
  FROM operations WHERE kind = 'cleanHost';

-- Each owner's tokens are their own.
CREATE TABLE new_client_tokens (
  owner       TEXT    NOT NULL,
  operation   TEXT    NOT NULL,
  token       TEXT    NOT NULL,
  parameters  TEXT    NOT NULL,
  resource_id TEXT    NOT NULL REFERENCES ids (id),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (owner, operation, token)
) STRICT, WITHOUT ROWID;
INSERT INTO new_client_tokens (owner, operation, token, parameters, resource_id, created_at)
  SELECT '', operation, token, parameters, resource_id, created_at FROM client_tokens;
DROP TABLE client_tokens;
ALTER TABLE new_client_tokens RENAME TO client_tokens;
CREATE INDEX client_tokens_by_resource ON client_tokens (resource_id);
