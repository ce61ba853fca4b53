-- Version 3: the identity of each VM host, so that one host has one name; and of an attachment, whether the volume was
-- given to the VM, so that it counts as detached only when it was taken from it.

-- `delegate_id` is what the host's VMM Delegate told of itself when it was first asked under that name.
CREATE TABLE vmm_hosts (
  name        TEXT    NOT NULL PRIMARY KEY,
  delegate_id TEXT    NOT NULL UNIQUE,
  since       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE attachments ADD COLUMN is_in_vm INTEGER CHECK (is_in_vm IN (0, 1));  -- unknown for those made before
-- What was done last with the target was cut off: it may be half made.
ALTER TABLE attachments ADD COLUMN is_export_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (is_export_uncertain IN (0, 1));
