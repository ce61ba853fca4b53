-- The metadata of the VBS Service, version 1. Explained in docs/metadata.md.
--
-- Times are seconds since 1970 in UTC. Statuses are the words of the contract (wsdl/vbs-types.xsd); which may follow
-- which is known to src/common/model/transitions.cpp alone. Databases in use are never changed by editing this file:
-- a change is a new migration after it (migrations.cpp).

-- Every id ever given, so that none is given twice, not even after its volume or snapshot is gone.
CREATE TABLE ids (
  id         TEXT    NOT NULL PRIMARY KEY,
  kind       TEXT    NOT NULL CHECK (kind IN ('volume', 'snapshot')),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `seq` is the order of creation, which listings follow and their page tokens hold; AUTOINCREMENT never gives one
-- twice, so a page stays right while rows come and go.
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
) STRICT;
CREATE INDEX volumes_by_snapshot ON volumes (snapshot_id) WHERE snapshot_id IS NOT NULL;
CREATE INDEX volumes_pending ON volumes (id) WHERE status = 'pending';

-- A volume stays as long as a snapshot of it does: the foreign key backs up the rule of deleteVolume.
CREATE TABLE snapshots (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT    NOT NULL UNIQUE REFERENCES ids (id),
  volume_id     TEXT    NOT NULL REFERENCES volumes (id),
  size_gib      INTEGER NOT NULL CHECK (size_gib BETWEEN 1 AND 1048576),
  comment       TEXT    NOT NULL,
  status        TEXT    NOT NULL CHECK (status IN ('pending', 'completed', 'deleting', 'error')),
  status_reason TEXT,
  start_time    INTEGER NOT NULL
) STRICT;
CREATE INDEX snapshots_by_volume ON snapshots (volume_id);

-- Where a volume is attached, and how its host reaches it. The primary key allows one attachment for each volume,
-- the last constraint one volume for each device of a VM. Target ids are small numbers that ietadm(8) and tgtadm(8)
-- want; they and the names are absent where the volume server needs no targets.
CREATE TABLE attachments (
  volume_id    TEXT    NOT NULL PRIMARY KEY REFERENCES volumes (id),
  vmm_hostname TEXT    NOT NULL,
  vm_id        TEXT    NOT NULL,
  vm_device    TEXT    NOT NULL,
  target_id    INTEGER UNIQUE CHECK (target_id BETWEEN 1 AND 65535),
  target_name  TEXT    UNIQUE,
  portal       TEXT,
  lun          INTEGER CHECK (lun BETWEEN 0 AND 255),
  host_device  TEXT,
  status       TEXT    NOT NULL CHECK (status IN ('attaching', 'attached', 'detaching')),
  attach_time  INTEGER,
  CHECK ((target_id IS NULL) = (target_name IS NULL)),
  UNIQUE (vmm_hostname, vm_id, vm_device)
) STRICT, WITHOUT ROWID;

-- The journal: one row for each operation that has begun and not ended. `step` names the last step that may have
-- begun; `context` is JSON, what it takes to undo or repeat the steps. A row that is found at the start of the service
-- belongs to an operation that was cut off.
CREATE TABLE operations (
  id          TEXT    NOT NULL PRIMARY KEY,
  kind        TEXT    NOT NULL,
  resource_id TEXT    NOT NULL REFERENCES ids (id),
  state       TEXT    NOT NULL CHECK (state IN ('running', 'rolling-back')),
  step        TEXT    NOT NULL,
  context     TEXT    NOT NULL CHECK (json_valid(context)),
  request_id  TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  last_error  TEXT
) STRICT, WITHOUT ROWID;
-- A volume or snapshot has one owner at a time. Cleaning a host that was lost goes on beside its volume's next life.
CREATE UNIQUE INDEX operations_by_resource ON operations (resource_id) WHERE kind <> 'cleanHost';

-- What a client token was used for, so that the same request asked again answers the same resource.
CREATE TABLE client_tokens (
  operation   TEXT    NOT NULL,
  token       TEXT    NOT NULL,
  parameters  TEXT    NOT NULL,
  resource_id TEXT    NOT NULL REFERENCES ids (id),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (operation, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_tokens_by_resource ON client_tokens (resource_id);
