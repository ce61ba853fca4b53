-- Version 2: an id remembers what it takes to remove what it was given to. The row of a volume or snapshot goes with
-- it; when a part of it turns up on the volume server later (a disk came back, a command lied), its size and its snapshot's
-- volume are still known, which the patterns of deletions may need.

ALTER TABLE ids ADD COLUMN size_gib INTEGER CHECK (size_gib BETWEEN 1 AND 1048576);  -- unknown for ids gone before
ALTER TABLE ids ADD COLUMN volume_id TEXT REFERENCES ids (id);                       -- a snapshot's; unknown likewise

UPDATE ids SET size_gib = volumes.size_gib FROM volumes WHERE volumes.id = ids.id;
UPDATE ids SET size_gib = snapshots.size_gib, volume_id = snapshots.volume_id FROM snapshots WHERE snapshots.id = ids.id;
